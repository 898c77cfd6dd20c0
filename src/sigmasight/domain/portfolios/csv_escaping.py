"""Cells of a CSV that no spreadsheet runs: what looks like a formula bears a `'` before it."""

import re
from typing import Final

FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")


def escape(cell: str) -> str:
    """Return a cell as no spreadsheet takes it for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    """Return what was escaped."""
    return cell[1:] if ESCAPED.match(cell) else cell
