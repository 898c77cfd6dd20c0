"""Escaping of CSV cells: one that a spreadsheet takes for a formula gets a `'` in front."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")


def escape(cell: str) -> str:
    """Return the cell, escaped if a spreadsheet would run it as a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    """Return the original of an escaped cell."""
    return cell[1:] if ESCAPED.match(cell) else cell


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a CSV with a header and escaped cells."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([escape(cell) for cell in row] for row in rows)
    return text.getvalue()
