"""Rows of shares with nothing special about them, which most rows of a large file are.

What `append_plain_row` takes, `parse_row` reads in the same way, in several times the time. Every
other row, right or wrong, is left to it.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sigmasight.domain.kernel import iso_date
from sigmasight.domain.portfolios.csv_import.parsed_rows import ParsedRows
from sigmasight.domain.portfolios.csv_import.rows import OCC
from sigmasight.domain.portfolios.positions.classification import (
    SUBTYPES,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.validation import (
    MAX_SYMBOL_LENGTH,
    PRECISION,
    is_possible_entry_date,
)

REQUIRED: Final = ("symbol", "quantity", "avg_cost", "entry_date")
KNOWN: Final = frozenset((*REQUIRED, "investment_class", "investment_subtype"))
SYMBOL: Final = re.compile(r"[A-Z0-9^][A-Z0-9^._:=/-]*", re.ASCII)
NUMBER: Final = re.compile(r"(?=.*[1-9])\d{1,12}(\.\d{1,6})?", re.ASCII)
"""Above 0."""
SUBTYPES_OF: Final[Mapping[str, frozenset[str]]] = {
    each.value: frozenset(SUBTYPES[each])
    for each in (InvestmentClass.PUBLIC, InvestmentClass.PRIVATE)
}
LONG, SHORT = PositionType.LONG.value, PositionType.SHORT.value
NONE_OF_OPTIONS: Final = (None, None, None, None)
"""No notes, underlying, strike and expiration."""
DATES: Final = 40_000


def append_plain_row(cells: Mapping[str, str], into: ParsedRows, *, today: date) -> bool:
    """Append a row if it is plain, and return whether it was; points are decimal."""
    if not cells.keys() <= KNOWN:
        return False
    try:
        symbol, quantity, price, day = (cells[name] for name in REQUIRED)
    except KeyError:
        return False
    asset = cells.get("investment_class", "PUBLIC")
    subtype = cells.get("investment_subtype")
    size = quantity[1:] if quantity[0] == "-" else quantity
    if not (
        SYMBOL.fullmatch(symbol)
        and len(symbol) <= MAX_SYMBOL_LENGTH
        and NUMBER.fullmatch(size)
        and NUMBER.fullmatch(price)
        and asset in SUBTYPES_OF
        and (subtype is None or subtype in SUBTYPES_OF[asset])
        and ("investment_class" in cells or not OCC.fullmatch(symbol))
    ):
        return False
    entered = _entry_date(day, today)
    if entered is None:
        return False
    units, cost = Decimal(quantity).quantize(PRECISION), Decimal(price).quantize(PRECISION)
    values = (symbol, units, cost, entered, subtype, *NONE_OF_OPTIONS)
    into.append_plain(values, SHORT if units < 0 else LONG, asset)
    return True


@lru_cache(maxsize=DATES)
def _entry_date(text: str, today: date) -> date | None:
    day = iso_date(text)
    return day if day and is_possible_entry_date(day, today) else None
