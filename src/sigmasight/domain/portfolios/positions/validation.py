"""Drafts of positions, and the rules they must satisfy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.positions.classification import (
    OPTION_SUBTYPES,
    SUBTYPES,
    InvestmentClass,
    PositionType,
)

MAX_SYMBOL_LENGTH: Final = 100
SYMBOL: Final = re.compile(r"[A-Za-z0-9^][A-Za-z0-9^._:=/-]*")
PRECISION: Final = Decimal("1e-12")
"""Of quantities and prices: fractional shares, crypto, and averaged costs."""
MAX_FIGURE: Final = Decimal("1e12")
OLDEST: Final = 100
"""The maximum age of an entry date, in years."""

REQUIRED: Final = ("symbol", "quantity", "position_type", "investment_class")
OF_OPTIONS: Final = ("underlying_symbol", "strike_price", "expiration_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingSource:
    """What a broker's file states of a holding beside its terms."""

    currency: str | None = None
    """None: the portfolio's."""
    multiplier: Decimal | None = None
    """None: that of the position's type."""
    account: str | None = None
    identifier: str | None = None
    """ISIN, CUSIP or SEDOL."""
    file_price: Decimal | None = None
    """The broker's price, on the day of the file."""
    file_price_date: date | None = None


UNSTATED: Final = HoldingSource()


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionDraft:
    """The input for a position, as far as it could be parsed."""

    symbol: str | None = None
    quantity: Decimal | None = None
    avg_cost: Decimal | None = None
    position_type: PositionType | None = None
    investment_class: InvestmentClass | None = None
    investment_subtype: str | None = None
    notes: str | None = None
    entry_date: date | None = None
    underlying_symbol: str | None = None
    strike_price: Decimal | None = None
    expiration_date: date | None = None
    source: HoldingSource | None = None
    """What only a broker's file states of a holding; its cost may be unknown or 0."""
    parse_errors: tuple[FieldError, ...] = ()
    """Fields that could not be parsed, and why; reported with the other errors.

    An error without a field concerns the whole draft, which is not validated further.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionTerms:
    """The terms of a valid draft; the quantity is signed."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal | None
    """None if the cost is unknown."""
    entry_date: date
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None
    notes: str | None
    underlying_symbol: str | None
    strike_price: Decimal | None
    expiration_date: date | None
    source: HoldingSource = UNSTATED


def validate(draft: PositionDraft, *, today: date) -> PositionTerms:
    """Return a draft's terms, or raise ValidationFailedError with every error."""
    draft = _tidied(draft)
    errors = tuple(_errors(draft, today))
    symbol, quantity, cost = draft.symbol, draft.quantity, draft.avg_cost
    kind, asset = draft.position_type, draft.investment_class
    if errors or not (symbol and quantity and kind and asset):
        raise ValidationFailedError(*errors)
    strike = draft.strike_price
    size = abs(quantity.quantize(PRECISION))
    return PositionTerms(
        symbol=symbol.upper(),
        quantity=-size if kind.is_short else size,
        entry_price=None if cost is None else cost.quantize(PRECISION),
        entry_date=draft.entry_date or today,
        position_type=kind,
        investment_class=asset,
        investment_subtype=draft.investment_subtype,
        notes=draft.notes,
        underlying_symbol=draft.underlying_symbol and draft.underlying_symbol.upper(),
        strike_price=None if strike is None else strike.quantize(PRECISION),
        expiration_date=draft.expiration_date,
        source=draft.source or UNSTATED,
    )


def number_errors(
    field: str, value: Decimal, *, may_be_zero: bool = False, decimals: int = 12
) -> Iterator[FieldError]:
    """Yield the errors of a quantity or price; a valid one fits its column."""
    if not value.is_finite():
        yield FieldError(field, "Must be a finite number.", "not_finite")
    elif value >= MAX_FIGURE:
        yield FieldError(field, f"Must be below {MAX_FIGURE:f}.", "out_of_range")
    elif value < 0 or (value == 0 and not may_be_zero):
        bound = "at least 0" if may_be_zero else "more than 0"
        yield FieldError(field, f"Must be {bound}.", "out_of_range")
    elif value != round(value, decimals):
        yield FieldError(field, f"At most {decimals} decimals.", "too_precise")


def _tidied(draft: PositionDraft) -> PositionDraft:
    """Trim strings; a blank one becomes None."""
    subtype = _word(draft.investment_subtype)
    symbol, underlying = _word(draft.symbol), _word(draft.underlying_symbol)
    subtype = subtype and subtype.upper()
    words = (draft.symbol, draft.underlying_symbol, draft.investment_subtype)
    if words == (symbol, underlying, subtype):
        return draft  # the usual case; for a hundred thousand, copying would be a third of the work
    return replace(draft, symbol=symbol, underlying_symbol=underlying, investment_subtype=subtype)


def _word(text: str | None) -> str | None:
    return (text and text.strip()) or None


def _errors(draft: PositionDraft, today: date) -> Iterator[FieldError]:
    unread = {error.field for error in draft.parse_errors}
    yield from draft.parse_errors
    if "" in unread:
        return
    for field in REQUIRED:
        if getattr(draft, field) is None and field not in unread:
            yield FieldError(field, "Required.", "required")
    if draft.avg_cost is None and draft.source is None and "avg_cost" not in unread:
        yield FieldError("avg_cost", "Required.", "required")
    yield from symbol_errors("symbol", draft.symbol)
    yield from _quantity_faults(draft)
    if draft.avg_cost is not None:
        yield from number_errors("avg_cost", draft.avg_cost, may_be_zero=draft.source is not None)
    yield from _kind_faults(draft)
    yield from _date_faults(draft, today)
    if draft.position_type is not None:
        yield from _option_faults(draft, draft.position_type, unread)


def symbol_errors(field: str, symbol: str | None) -> Iterator[FieldError]:
    if symbol is None:
        return
    if len(symbol) > MAX_SYMBOL_LENGTH:
        yield FieldError(field, f"At most {MAX_SYMBOL_LENGTH} characters.", "too_long")
    elif not SYMBOL.fullmatch(symbol):
        allowed = "Only letters, digits and . - _ / : = ^, without spaces."
        yield FieldError(field, allowed, "invalid_characters")


def _quantity_faults(draft: PositionDraft) -> Iterator[FieldError]:
    quantity, kind = draft.quantity, draft.position_type
    if quantity is None:
        return
    if not quantity.is_finite():
        yield from number_errors("quantity", quantity)
    elif quantity == 0:
        yield FieldError("quantity", "Must not be 0.", "zero")
    else:
        yield from number_errors("quantity", quantity.copy_abs())
        if quantity < 0 and kind is not None and not kind.is_short:
            yield FieldError(
                "quantity", f"Must be more than 0: {kind} is not short.", "out_of_range"
            )


def _kind_faults(draft: PositionDraft) -> Iterator[FieldError]:
    kind, asset, subtype = draft.position_type, draft.investment_class, draft.investment_subtype
    if kind and asset and kind.is_option != (asset is InvestmentClass.OPTIONS):
        goes_with = "OPTIONS" if kind.is_option else "PUBLIC or PRIVATE"
        yield FieldError("investment_class", f"{kind} goes with {goes_with}.", "does_not_fit")
    if subtype is None or asset is None:
        return
    if subtype not in SUBTYPES[asset]:
        one_of = ", ".join(SUBTYPES[asset])
        yield FieldError(
            "investment_subtype", f"A subtype of {asset} is one of {one_of}.", "does_not_fit"
        )
    elif kind and subtype != OPTION_SUBTYPES.get(kind, subtype):
        yield FieldError(
            "investment_subtype", f"{kind} is a {OPTION_SUBTYPES[kind]}.", "does_not_fit"
        )


def _date_faults(draft: PositionDraft, today: date) -> Iterator[FieldError]:
    entered = draft.entry_date
    if entered is None or is_possible_entry_date(entered, today):
        return
    if entered > today:
        yield FieldError("entry_date", "Must not be in the future.", "in_the_future")
    else:
        yield FieldError("entry_date", f"Must not be over {OLDEST} years ago.", "too_long_ago")


def is_possible_entry_date(day: date, today: date) -> bool:
    """Return whether the day is neither in the future nor too long ago."""
    age_limit = (today.year - OLDEST, today.month, today.day)
    return age_limit <= (day.year, day.month, day.day) and day <= today


def _option_faults(
    draft: PositionDraft, kind: PositionType, unread: set[str]
) -> Iterator[FieldError]:
    for field in OF_OPTIONS:
        is_set = getattr(draft, field) is not None
        if kind.is_option and not is_set and field not in unread:
            yield FieldError(field, "Required of an option.", "required")
        elif is_set and not kind.is_option:
            yield FieldError(field, f"Only options have one, and {kind} is none.", "does_not_fit")
    if kind.is_option:
        yield from symbol_errors("underlying_symbol", draft.underlying_symbol)
        if draft.strike_price is not None:
            yield from number_errors("strike_price", draft.strike_price)
