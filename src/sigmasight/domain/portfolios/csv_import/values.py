"""Numbers and days in cells: exact, and as plain as the template has them."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sigmasight.domain.kernel import FieldError, iso_date

PLAIN: Final = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
TOO_LONG: Final = 11
"""A cell longer than any day is not worth remembering."""


def parse_number(field: str, cell: str) -> Decimal | FieldError:
    """Return the number in a cell, or what is wrong with it."""
    if not PLAIN.fullmatch(cell):
        plain = "Must be a plain number such as 1234.56: no signs of currency, no separators."
        return FieldError(field, plain, "invalid")
    return Decimal(cell)


def parse_date(field: str, cell: str) -> date | FieldError:
    """Return the day in a cell, or what is wrong with it."""
    found = _iso_date(cell) if len(cell) < TOO_LONG else None
    return found or FieldError(field, "Must be a day, YYYY-MM-DD.", "invalid")


_iso_date = lru_cache(maxsize=40_000)(iso_date)
