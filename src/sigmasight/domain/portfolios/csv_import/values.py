"""Numbers and dates in the template's format."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sigmasight.domain.kernel import FieldError, iso_date
from sigmasight.domain.portfolios.csv_import.amounts import parse_amount
from sigmasight.domain.portfolios.csv_import.dialect import DATE, parse_with_order

PLAIN: Final = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
NO_ORDERS: Final[Mapping[str, bool | None]] = {}
TOO_LONG: Final = 11
"""Cells longer than any date are not cached."""


def parse_number(field: str, cell: str, decimal: str = ".") -> Decimal | FieldError:
    """Return the number in a cell, or its error; points are thousands where commas are decimal."""
    if decimal == "," and (found := parse_amount(cell, decimal)) is not None:
        return found
    if not PLAIN.fullmatch(cell):
        plain = "Must be a plain number such as 1234.56, without currency signs or separators."
        return FieldError(field, plain, "invalid")
    return Decimal(cell)


def parse_date(
    field: str, cell: str, orders: Mapping[str, bool | None] = NO_ORDERS
) -> date | FieldError:
    """Return the date in a cell, or its error; `orders` has whether a field's months are first."""
    if found := _iso_date(cell) if len(cell) < TOO_LONG else None:
        return found
    if field in orders and DATE.fullmatch(cell):
        month_first = orders[field]
        if month_first is None:
            both = "Could be read as day and month or as month and day: write YYYY-MM-DD."
            return FieldError(field, both, "ambiguous")
        if found := parse_with_order(cell, month_first=month_first):
            return found
    return FieldError(field, "Must be a date in the form YYYY-MM-DD.", "invalid")


_iso_date = lru_cache(maxsize=40_000)(iso_date)
