"""The documentation site: built without a warning, and without anything from other hosts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
LOADED: Final = re.compile(
    r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?(https?://[^\s\">]+)"
)


def build(config: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", config, "-d", site],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT / "mkdocs.yml", folder)
    assert (built.returncode, built.stdout) == (0, "")
    assert {line.split()[0] for line in built.stderr.splitlines()} == {"INFO"}, built.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    names = [
        path.with_name("index.html") if path.stem == "README" else path.with_suffix(".html")
        for path in pages
    ]

    assert [name for name in names if not (site / name).is_file()] == []


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    loaded = {
        address
        for page in site.rglob("*.html")
        for address in LOADED.findall(page.read_text())
        if 'rel="canonical"' not in address
    }

    assert loaded == set()


def test_drawings_are_drawn_and_need_no_script(site: Path) -> None:
    page, source = (site / "architecture.html").read_text(), ROOT / "docs" / "architecture.md"

    assert page.count('<div class="drawing"><svg') == source.read_text().count("```mermaid") > 0
    assert 'class="mermaid"' not in page


@pytest.mark.parametrize(
    "planted",
    ["[gone](gone.md)", "[gone](index.md#nowhere)", "```mermaid\nno drawing\n```"],
    ids=["a link", "an anchor", "a drawing"],
)
def test_a_planted_mistake_ends_the_build(tmp_path: Path, planted: str) -> None:
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    with (tmp_path / "docs" / "limits.md").open("a") as page:
        page.write(f"\n{planted}\n")

    assert build(tmp_path / "mkdocs.yml", tmp_path / "site").returncode
