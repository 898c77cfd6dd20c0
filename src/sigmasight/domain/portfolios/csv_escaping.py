"""Escaping of CSV cells: one that a spreadsheet takes for a formula gets a `'` in front."""

import re
from typing import Final

FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")


def escape(cell: str) -> str:
    """Return the cell, escaped if a spreadsheet would run it as a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    """Return the original of an escaped cell."""
    return cell[1:] if ESCAPED.match(cell) else cell
