"""The files that the documentation names are where it says."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PATH: Final = re.compile(r"`([\w./-]+/[\w./-]+)`")
ROOTS: Final = ("", "src/sigmasight", "src/sigmasight/entrypoints")
FOLDERS: Final = ("deploy", "src", "tests", "domain", "adapters", "entrypoints", "docs")
DOCUMENTS: Final = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    named = {
        path
        for path in PATH.findall((ROOT / document).read_text())
        if path.split("/")[0] in FOLDERS
    }

    assert [path for path in sorted(named) if not _exists(path)] == []


def _exists(path: str) -> bool:
    return any((ROOT / root / path).exists() for root in ROOTS)
