"""Numbers and dates in brokers' formats."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

AMOUNT: Final = re.compile(r"[+-]?\$?[+-]?(\d{1,3}(,\d{3}){1,6}|\d{1,20})?(\.\d{1,20})?", re.ASCII)
IN_PARENTHESES: Final = re.compile(r"\((.+)\)")
NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS: Final[Mapping[str, int]] = {name: number for number, name in enumerate(NAMES, 1)}
YEAR_FIRST: Final = re.compile(r"\b(?P<y>\d{4})[/-](?P<m>\d\d?)[/-](?P<d>\d\d?)\b", re.ASCII)
MONTH_FIRST: Final = re.compile(r"\b(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4})\b", re.ASCII)
NAMED: Final = re.compile(
    r"\b(?P<m>[A-Z][a-z]{2})[a-z]{0,6}[ -](?P<d>\d\d?),?[ -](?P<y>\d{4})\b", re.ASCII
)


def parse_amount(cell: str) -> Decimal | None:
    """Return the number in a cell, or None for `--`, `N/A`, a word or an empty cell."""
    text = cell.strip()
    if enclosed := IN_PARENTHESES.fullmatch(text):
        text = enclosed[1]
    if not (AMOUNT.fullmatch(text) and any(map(str.isdigit, text))):
        return None
    number = Decimal(text.replace("$", "").replace(",", ""))
    return -number if enclosed else number


def find_date(text: str) -> date | None:
    """Return the last date in a line."""
    found = [match for form in (YEAR_FIRST, MONTH_FIRST, NAMED) for match in form.finditer(text)]
    for match in sorted(found, key=lambda match: match.start(), reverse=True):
        if day := make_date(match["y"], match["m"], match["d"]):
            return day
    return None


def make_date(year: str, month: str, day: str) -> date | None:
    """Return the date; the month is digits or three letters. None if there is no such date."""
    number = int(month) if month.isdigit() else MONTHS.get(month.lower(), 0)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None
