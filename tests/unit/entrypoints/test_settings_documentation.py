"""The documentation of the settings."""

import re
from pathlib import Path

import pytest

from sigmasight.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("file", "name"),
    [("README.md", r"^\| `([A-Z_]+)` \|"), (".env.example", r"^(?:# )?([A-Z_]+)=")],
)
def test_every_setting_is_documented_and_no_other(file: str, name: str) -> None:
    reported = re.findall(name, (ROOT / file).read_text(), re.MULTILINE)

    assert sorted(reported) == sorted(field.upper() for field in Settings.model_fields)
