"""Layouts of brokers' files, as data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sigmasight.domain.portfolios.csv_import.csv_file import Row

NO_KIND: Final = ""


class AssetKind(StrEnum):
    """Kinds of rows."""

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
    """The column names of a broker's file."""

    broker: str
    symbol: Sequence[str]
    quantity: Sequence[str]
    cost: Sequence[str]
    """The total cost."""
    value: Sequence[str]
    """The market value, which is the amount for cash."""
    kind: Sequence[str] = ()
    currency: Sequence[str] = ()
    also: Sequence[str] = ()
    """Further columns that identify this broker's header."""
    kinds: Mapping[str, AssetKind]
    """The values of the kind column, in lower case; rows of other kinds are left out."""
    cash: re.Pattern[str]
    """The symbol of a row of cash."""
    cash_symbol: str | None = None
    """Our symbol for cash, if the broker's own name is not a symbol."""
    sums: re.Pattern[str]
    """The symbol of a row that is a total or a footer."""
    dated: re.Pattern[str]
    """How the line with the file's date begins or continues."""
    section: tuple[str, ...] = ()
    """The first cells of its rows, in a file with several tables."""
    details: Sequence[tuple[str, str]] = ()
    """A column and its value in the rows that count; others are details of these."""

    def matches_header(self, row: Row) -> bool:
        """Return whether a row is this broker's header."""
        names = {cell.strip() for cell in row.cells}
        wanted = [self.symbol, self.quantity, self.cost, self.value, *map(_alone, self.also)]
        return all(names.intersection(each) for each in wanted)


def _alone(name: str) -> Sequence[str]:
    return (name,)
