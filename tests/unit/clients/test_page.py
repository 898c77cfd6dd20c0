"""The programs on the page about clients are parts of the examples, which other tests run."""

import re
from typing import Final

import pytest

from tests.support.pages import ROOT

PAGE: Final = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
EXAMPLES: Final = {
    "python": "clients/python/examples/tour.py",
    "ts": "clients/typescript/examples/tour.ts",
}


@pytest.mark.parametrize("language", EXAMPLES)
def test_a_program_of_the_page_is_part_of_the_example(language: str) -> None:
    [program] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    example = (ROOT / EXAMPLES[language]).read_text(encoding="utf-8")
    lines = {line.strip() for line in example.splitlines()}

    assert [line for line in program.splitlines() if line.strip() not in lines | {""}] == []
