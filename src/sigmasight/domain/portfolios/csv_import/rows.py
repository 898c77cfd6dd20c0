"""A row of the template: what it says of a position, and of its closing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, TypeVar

from sigmasight.domain.kernel import FieldError
from sigmasight.domain.portfolios.csv_import.values import parse_date, parse_number
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.closing import Closing
from sigmasight.domain.portfolios.positions.validation import (
    MAX_FIGURE,
    PositionDraft,
    PositionTerms,
    number_errors,
    validate,
)

T = TypeVar("T")

CENTS: Final = Decimal("0.01")
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
"""Which option it is, by its type and whether it is short."""

NOT_PLAIN: Final = {"position_type", "investment_class"}
PLAIN: Final = [each.name for each in fields(PositionTerms) if each.name not in NOT_PLAIN]
PLAIN_TERMS: Final = attrgetter(*PLAIN)


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A position as a file has it, once it has kept the rules, and its closing if there is one."""

    terms: PositionTerms
    closing: Closing | None = None


class ParsedRows:
    """Any number of entries, at a fifth of what they take as objects.

    They are kept as tuples of texts, numbers and days, which the garbage collector leaves alone:
    going through a hundred thousand objects would hold up everybody for a tenth of a second.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def append(self, entry: ParsedRow) -> None:
        terms, closing = entry.terms, entry.closing
        self._kept.append(
            (
                *PLAIN_TERMS(terms),
                terms.position_type.value,
                terms.investment_class.value,
                closing and closing.exit_price,
                closing and closing.exit_date,
            )
        )

    def slice(self, start: int, stop: int) -> list[ParsedRow]:
        return [_unpacked(*kept) for kept in self._kept[start:stop]]


def _unpacked(*kept: Any) -> ParsedRow:
    *plain, kind, asset, price, day = kept
    return ParsedRow(
        PositionTerms(
            **dict(zip(PLAIN, plain, strict=True)),
            position_type=PositionType(kind),
            investment_class=InvestmentClass(asset),
        ),
        None if day is None else Closing(exit_price=price, exit_date=day),
    )


def parse_row(said: Mapping[str, str], *, today: date) -> ParsedRow:
    """Return what a row says, or raise ValidationFailedError with every fault it has.

    What its cells say, without the blank ones, goes by the names that a draft has it under.
    """
    cells = _Cells(said)
    entered = cells.day("entry_date")
    closing = _closing(cells, entered, today)
    draft = _draft(cells, entered)
    return ParsedRow(validate(draft, today=today), closing)


class _Cells:
    """The cells of a row, and what is wrong with them so far."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self.said = said
        self.faults: list[FieldError] = []

    def number(self, field: str) -> Decimal | None:
        cell = self.said.get(field)
        return None if cell is None else self._read(parse_number(field, cell))

    def day(self, field: str) -> date | None:
        cell = self.said.get(field)
        return None if cell is None else self._read(parse_date(field, cell))

    def refuse(self, field: str, message: str, code: str) -> None:
        self.faults.append(FieldError(field, message, code))

    def _read(self, found: T | FieldError) -> T | None:
        if isinstance(found, FieldError):
            self.faults.append(found)
            return None
        return found


def _draft(cells: _Cells, entered: date | None) -> PositionDraft:
    said = cells.said
    if "entry_date" not in said:
        cells.refuse("entry_date", "Required.", "required")
    quantity = cells.number("quantity")
    asset = _asset(cells)
    kind = _kind(cells, asset, is_short=quantity is not None and quantity < 0)
    judged = asset is not None  # of an unknown class one cannot tell what it may not have
    return PositionDraft(
        symbol=said.get("symbol"),
        quantity=quantity,
        avg_cost=_price(cells),
        position_type=kind,
        investment_class=asset,
        investment_subtype=said.get("investment_subtype"),
        entry_date=entered,
        underlying_symbol=said.get("underlying_symbol") if judged else None,
        strike_price=cells.number("strike_price") if judged else None,
        expiration_date=cells.day("expiration_date") if judged else None,
        parse_errors=tuple(cells.faults),
    )


def _price(cells: _Cells) -> Decimal | None:
    price = cells.number("avg_cost")
    if price is None or price <= 0:
        return price
    if price >= MAX_FIGURE:
        cells.refuse("avg_cost", f"Must be below {MAX_FIGURE:f}.", "too_large")
    elif price != price.quantize(CENTS):
        cells.refuse("avg_cost", "At most 2 decimals.", "too_precise")
    else:
        return price
    return None


def _asset(cells: _Cells) -> InvestmentClass | None:
    said = cells.said
    word = said.get("investment_class", "").upper()
    if not word:
        is_option = OCC.fullmatch(said.get("symbol", "").upper()) or any(
            field in said for field in OF_OPTIONS
        )
        return InvestmentClass.OPTIONS if is_option else InvestmentClass.PUBLIC
    if word in CLASSES:
        return InvestmentClass(word)
    cells.refuse("investment_class", f"Must be one of {', '.join(InvestmentClass)}.", "invalid")
    return None


def _kind(cells: _Cells, asset: InvestmentClass | None, *, is_short: bool) -> PositionType:
    word = cells.said.get("option_type", "").upper()
    if asset is InvestmentClass.OPTIONS:
        if word not in {CALL, PUT}:
            cells.refuse("option_type", "Must be CALL or PUT.", "invalid")
            word = cells.said.get("investment_subtype", "").upper()
        return KINDS[PUT if word == PUT else CALL, is_short]
    if word and asset is not None:
        cells.refuse("option_type", f"Only options have one, and {asset} is none.", "does_not_fit")
    return PositionType.SHORT if is_short else PositionType.LONG


def _closing(cells: _Cells, entered: date | None, today: date) -> Closing | None:
    price, on = cells.number("exit_price"), cells.day("exit_date")
    has_price, has_day = "exit_price" in cells.said, "exit_date" in cells.said
    if price is not None:
        cells.faults += number_errors("exit_price", price)
    if has_price and not has_day:
        cells.refuse("exit_price", "Needs an Exit Date beside it.", "does_not_fit")
    elif has_day and not has_price:
        cells.refuse("exit_price", "Required beside an Exit Date.", "required")
    if on is not None and on > today:
        cells.refuse("exit_date", "Must not be in the future.", "in_the_future")
    elif on is not None and entered is not None and on < entered:
        cells.refuse("exit_date", "Must not be before the entry date.", "before_entry_date")
    return None if price is None or on is None else Closing(exit_price=price, exit_date=on)
