"""Numbers and dates in the template's format."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sigmasight.domain.kernel import FieldError, iso_date

PLAIN: Final = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
TOO_LONG: Final = 11
"""Cells longer than any date are not cached."""


def parse_number(field: str, cell: str) -> Decimal | FieldError:
    """Return the number in a cell, or its error."""
    if not PLAIN.fullmatch(cell):
        plain = "Must be a plain number such as 1234.56, without currency signs or separators."
        return FieldError(field, plain, "invalid")
    return Decimal(cell)


def parse_date(field: str, cell: str) -> date | FieldError:
    """Return the date in a cell, or its error."""
    found = _iso_date(cell) if len(cell) < TOO_LONG else None
    return found or FieldError(field, "Must be a date in the form YYYY-MM-DD.", "invalid")


_iso_date = lru_cache(maxsize=40_000)(iso_date)
