"""Layouts of brokers' files, as data: which headings fill which fields, and what rows mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

NEVER: Final = re.compile(r"(?!)")


class Field(StrEnum):
    """What a column of a position file may hold."""

    SYMBOL = "symbol"
    DESCRIPTION = "description"
    IDENTIFIER = "identifier"
    """ISIN, CUSIP or SEDOL."""
    QUANTITY = "quantity"
    PRICE = "price"
    VALUE = "value"
    """The market value, which is the amount of cash."""
    COST = "cost"
    """Of the whole holding."""
    UNIT_COST = "unit_cost"
    GAIN = "gain"
    """The unrealized gain: the cost is the value less it."""
    KIND = "kind"
    SIDE = "side"
    """Long or short, where quantities have no sign."""
    CURRENCY = "currency"
    ACCOUNT = "account"
    MULTIPLIER = "multiplier"
    UNDERLYING = "underlying"
    STRIKE = "strike"
    EXPIRATION = "expiration"
    RIGHT = "right"
    """Call or put."""
    DAY = "day"
    """The day of the file."""
    ENTRY_DATE = "entry_date"


class AssetKind(StrEnum):
    """Kinds of rows."""

    PUBLIC = "PUBLIC"
    STOCK = "STOCK"
    ETF = "ETF"
    MUTUAL_FUND = "MUTUAL_FUND"
    BOND = "BOND"
    TREASURY_BILLS = "TREASURY_BILLS"
    COMMODITY = "COMMODITY"
    OTHER = "OTHER"
    CASH = "CASH"
    CRYPTOCURRENCY = "CRYPTOCURRENCY"
    OPTION = "OPTION"
    LEFT_OUT = "LEFT_OUT"
    """Stated a second time elsewhere in the file, or no holding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """A file of several tables: the first cell of a row is its table's name.

    The second is `Header` or `Data`; anything else is a sum.
    """

    positions: Sequence[str]
    cash: Sequence[str] = ()
    cash_amount: Sequence[str] = ()
    """The headings of a currency's amount."""
    cash_label: Sequence[str] = ()
    """The labels of the rows of cash that count."""
    cash_sum: Sequence[str] = ()
    """What stands for the currency in the sum of all of them, in the base currency."""
    base_currency: Sequence[str] = ()
    """The labels, among the lines about the account, of its base currency."""
    information: Sequence[str] = ()
    """Tables with the identifiers of the positions' symbols."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The headings of a broker's file, in lower case; an unnamed column is its left one's `+1`."""

    broker: str
    columns: Mapping[Field, Sequence[str]]
    marks: Sequence[str]
    """Headings that together identify the file."""
    needs: frozenset[Field] = frozenset({Field.QUANTITY})
    """Fields without which it is another file."""
    kinds: Mapping[str, AssetKind] = field(default_factory=dict)
    """The values of the kind column, in lower case."""
    cash: re.Pattern[str] = NEVER
    """The symbol, or without one the description, of a row of cash."""
    sums: re.Pattern[str] = NEVER
    """The first cell of a row that is a total or a note, beside the usual words."""
    details: Mapping[str, str] = field(default_factory=dict)
    """A heading and its value in rows that are parts of others: lots of a holding."""
    dated: re.Pattern[str] = NEVER
    """A line with the day of the file."""
    account: re.Pattern[str] = NEVER
    """A line with the name of the account, in its group."""
    titled: re.Pattern[str] = NEVER
    """A line with the symbol of all rows, in its group."""
    currency: str | None = None
    """Of files that do not name one."""
    constants: Mapping[Field, str] = field(default_factory=dict)
    """Values of fields that have no column."""
    joins_classes: bool = False
    """Whether classes of shares are written without a separator: BRKB."""
    is_grouped: bool = False
    """Whether a row with a symbol alone is followed by its positions."""
    sections: Sections | None = None
