"""The tables of codes, guards and limits are those of the code."""

import pytest

from tests.support.reference_tables import DOCS, TABLES, with_table


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_current(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text()

    assert text == with_table(name, text), "Run: python -m tests.support.reference_tables"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_rows(name: str) -> None:
    assert len(list(TABLES[name]())) > 10
