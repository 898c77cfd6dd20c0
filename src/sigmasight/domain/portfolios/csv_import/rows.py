"""A row of the template: a position, and its closing if there is one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from sigmasight.domain.kernel import FieldError
from sigmasight.domain.portfolios.csv_import.options import Option
from sigmasight.domain.portfolios.csv_import.values import NO_ORDERS, parse_date, parse_number
from sigmasight.domain.portfolios.positions.classification import (
    OPTION_SUBTYPES,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.closing import Closing
from sigmasight.domain.portfolios.positions.validation import (
    MAX_FIGURE,
    PositionDraft,
    PositionTerms,
    number_errors,
    validate,
)

T = TypeVar("T")

DECIMALS: Final = 6
OCC: Final = re.compile(r"[A-Z]{1,6}\d{6}[CP]\d{8}", re.ASCII)
OF_OPTIONS: Final = ("underlying_symbol", "strike_price", "expiration_date", "option_type")
CLASSES: Final = frozenset(InvestmentClass)
CALL: Final = "CALL"
PUT: Final = "PUT"
KINDS: Final[Mapping[tuple[str, bool], PositionType]] = {
    (CALL, False): PositionType.LC,
    (PUT, False): PositionType.LP,
    (CALL, True): PositionType.SC,
    (PUT, True): PositionType.SP,
}
"""The position type of an option, by call or put and whether it is short."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A valid position of a file, and its closing if there is one."""

    terms: PositionTerms
    closing: Closing | None = None


def parse_row(
    cells: Mapping[str, str],
    *,
    today: date,
    decimal: str = ".",
    orders: Mapping[str, bool | None] = NO_ORDERS,
) -> ParsedRow:
    """Return a row's entry, or raise ValidationFailedError with every error.

    `cells` has the cells that are not blank, by the names of a draft's fields.
    """
    row = _Row(_with_symbol(cells, decimal, orders), decimal, orders)
    entered = row.day("entry_date")
    closing = _closing(row, entered, today)
    draft = _draft(row, entered)
    return ParsedRow(validate(draft, today=today), closing)


class _Row:
    """The cells of a row, and the errors found so far."""

    def __init__(
        self,
        cells: Mapping[str, str],
        decimal: str = ".",
        orders: Mapping[str, bool | None] = NO_ORDERS,
    ) -> None:
        self.cells = cells
        self._decimal = decimal
        self._orders = orders
        self.errors: list[FieldError] = []

    def number(self, field: str) -> Decimal | None:
        cell = self.cells.get(field)
        return None if cell is None else self._read(parse_number(field, cell, self._decimal))

    def day(self, field: str) -> date | None:
        cell = self.cells.get(field)
        return None if cell is None else self._read(parse_date(field, cell, self._orders))

    def refuse(self, field: str, message: str, code: str) -> None:
        self.errors.append(FieldError(field, message, code))

    def _read(self, found: T | FieldError) -> T | None:
        if isinstance(found, FieldError):
            self.errors.append(found)
            return None
        return found


def _with_symbol(
    cells: Mapping[str, str], decimal: str, orders: Mapping[str, bool | None]
) -> Mapping[str, str]:
    """Add an option's symbol, in the form of the exchanges, from the columns that describe it."""
    if "symbol" in cells or not all(cells.get(field) for field in OF_OPTIONS):
        return cells
    strike = parse_number("strike_price", cells["strike_price"], decimal)
    expires = parse_date("expiration_date", cells["expiration_date"], orders)
    right = cells["option_type"].upper()
    if (
        isinstance(strike, FieldError)
        or isinstance(expires, FieldError)
        or right not in {CALL, PUT}
    ):
        return cells
    option = Option(cells["underlying_symbol"].upper(), expires, strike, right == PUT)
    return {**cells, "symbol": option.symbol}


def _draft(row: _Row, entered: date | None) -> PositionDraft:
    cells = row.cells
    if "entry_date" not in cells:
        row.refuse("entry_date", "Required.", "required")
    quantity = row.number("quantity")
    if (
        quantity is not None
        and abs(quantity) < MAX_FIGURE
        and quantity != round(quantity, DECIMALS)
    ):
        row.refuse("quantity", f"At most {DECIMALS} decimals.", "too_precise")
        quantity = None
    asset = _asset(row)
    kind = _kind(row, asset, is_short=quantity is not None and quantity < 0)
    judged = asset is not None  # an unknown class has no rules to check
    return PositionDraft(
        symbol=cells.get("symbol"),
        quantity=quantity,
        avg_cost=_price(row),
        position_type=kind,
        investment_class=asset,
        investment_subtype=cells.get("investment_subtype") or OPTION_SUBTYPES.get(kind),
        entry_date=entered,
        underlying_symbol=cells.get("underlying_symbol") if judged else None,
        strike_price=row.number("strike_price") if judged else None,
        expiration_date=row.day("expiration_date") if judged else None,
        parse_errors=tuple(row.errors),
    )


def _price(row: _Row) -> Decimal | None:
    price = row.number("avg_cost")
    if price is None or price <= 0:
        return price
    if price >= MAX_FIGURE:
        row.refuse("avg_cost", f"Must be below {MAX_FIGURE:f}.", "too_large")
    elif price != round(price, DECIMALS):
        row.refuse("avg_cost", f"At most {DECIMALS} decimals.", "too_precise")
    else:
        return price
    return None


def _asset(row: _Row) -> InvestmentClass | None:
    cells = row.cells
    word = cells.get("investment_class", "").upper()
    if not word:
        is_option = OCC.fullmatch(cells.get("symbol", "").upper()) or any(
            field in cells for field in OF_OPTIONS
        )
        return InvestmentClass.OPTIONS if is_option else InvestmentClass.PUBLIC
    if word in CLASSES:
        return InvestmentClass(word)
    row.refuse("investment_class", f"Must be one of {', '.join(InvestmentClass)}.", "invalid")
    return None


def _kind(row: _Row, asset: InvestmentClass | None, *, is_short: bool) -> PositionType:
    word = row.cells.get("option_type", "").upper()
    if asset is InvestmentClass.OPTIONS:
        if word not in {CALL, PUT}:
            row.refuse("option_type", "Must be CALL or PUT.", "invalid")
            word = row.cells.get("investment_subtype", "").upper()
        return KINDS[PUT if word == PUT else CALL, is_short]
    if word and asset is not None:
        row.refuse("option_type", f"Only options have one, and {asset} is none.", "does_not_fit")
    return PositionType.SHORT if is_short else PositionType.LONG


def _closing(row: _Row, entered: date | None, today: date) -> Closing | None:
    price, on = row.number("exit_price"), row.day("exit_date")
    has_price, has_day = "exit_price" in row.cells, "exit_date" in row.cells
    if price is not None:
        row.errors += number_errors("exit_price", price)
    if has_price and not has_day:
        row.refuse("exit_price", "Needs an Exit Date beside it.", "does_not_fit")
    elif has_day and not has_price:
        row.refuse("exit_price", "Required beside an Exit Date.", "required")
    if on is not None and on > today:
        row.refuse("exit_date", "Must not be in the future.", "in_the_future")
    elif on is not None and entered is not None and on < entered:
        row.refuse("exit_date", "Must not be before the entry date.", "before_entry_date")
    return None if price is None or on is None else Closing(exit_price=price, exit_date=on)
