"""What tells brokers' files apart, as data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sigmasight.domain.portfolios.csv_import.csv_file import Row

NO_KIND: Final = ""


class AssetKind(StrEnum):
    """What a broker says a row is of."""

    PUBLIC = "PUBLIC"
    STOCK = "STOCK"
    ETF = "ETF"
    MUTUAL_FUND = "MUTUAL_FUND"
    BOND = "BOND"
    CASH = "CASH"
    CRYPTOCURRENCY = "CRYPTOCURRENCY"
    OPTION = "OPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a broker's file has what, by the names its columns go by."""

    broker: str
    symbol: Sequence[str]
    quantity: Sequence[str]
    cost: Sequence[str]
    """What all of it cost."""
    value: Sequence[str]
    """What all of it is worth, which is how much cash there is."""
    kind: Sequence[str] = ()
    currency: Sequence[str] = ()
    also: Sequence[str] = ()
    """Further columns that only this broker's header has."""
    kinds: Mapping[str, AssetKind]
    """What the column of kinds says, in lower case; a row of another kind is left out."""
    cash: re.Pattern[str]
    """The symbol of a row of cash."""
    cash_symbol: str | None = None
    """What cash goes by with us, where the broker's own name is no symbol."""
    sums: re.Pattern[str]
    """The symbol of a row that is no position but sums up others, or comes after them."""
    dated: re.Pattern[str]
    """How the line begins, or goes on, that says of which day the file is."""
    section: tuple[str, ...] = ()
    """What the first cells of its rows say, where a file has several tables."""
    details: Sequence[tuple[str, str]] = ()
    """A column, and what it says in rows that count; others are details of these."""

    def matches_header(self, row: Row) -> bool:
        """Tell whether a row is this broker's header."""
        names = {cell.strip() for cell in row.cells}
        wanted = [self.symbol, self.quantity, self.cost, self.value, *map(_alone, self.also)]
        return all(names.intersection(each) for each in wanted)


def _alone(name: str) -> Sequence[str]:
    return (name,)
