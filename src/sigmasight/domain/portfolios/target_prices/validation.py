"""Drafts of target prices, and the rules they must satisfy."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import FieldError, UserId, ValidationFailedError, new_id
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position, PositionId, PositionType
from sigmasight.domain.portfolios.positions.model import PositionNotFoundError
from sigmasight.domain.portfolios.positions.validation import number_errors, symbol_errors
from sigmasight.domain.portfolios.target_prices.analytics import TargetValuation
from sigmasight.domain.portfolios.target_prices.model import (
    TargetChanges,
    TargetPrice,
    TargetPriceId,
)

TARGETS: Final = ("target_price_eoy", "target_price_next_year", "downside_target_price")

DECIMALS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDraft:
    """The input for a target price, as far as it could be parsed."""

    symbol: str | None = None
    position_type: PositionType | None = None
    position_id: PositionId | None = None
    target_price_eoy: Decimal | None = None
    target_price_next_year: Decimal | None = None
    downside_target_price: Decimal | None = None
    current_price: Decimal | None = None
    unread: tuple[FieldError, ...] = ()
    """Fields that could not be parsed, and why; an error without a field concerns the whole."""


def validate_target(
    draft: TargetDraft, valuation: TargetValuation, *, into: PortfolioId, by: UserId, at: datetime
) -> TargetPrice:
    """Return a draft's target; missing values come from the position it covers.

    Raise PositionNotFoundError, or ValidationFailedError with every error.
    """
    position = None
    if draft.position_id is not None:
        position = valuation.position(draft.position_id)
        if position is None:
            raise PositionNotFoundError
    symbol = (draft.symbol or "").strip().upper() or (position.symbol if position else "")
    kind = draft.position_type or (position.position_type if position else None)
    price = valuation.price(symbol, kind, draft.position_id)
    current = draft.current_price if price is None else price
    errors = tuple(_errors(draft, symbol, kind, position))
    if current is None and not {"", "symbol", "current_price"} & {each.field for each in errors}:
        needed = "Required: the portfolio has no open position in the symbol."
        errors += (FieldError("current_price", needed, "required"),)
    if errors or current is None:
        raise ValidationFailedError(*errors)
    return TargetPrice(
        id=TargetPriceId(new_id()),
        user_id=by,
        portfolio_id=into,
        position_id=draft.position_id,
        symbol=symbol,
        position_type=kind,
        target_price_eoy=_exact(draft.target_price_eoy),
        target_price_next_year=_exact(draft.target_price_next_year),
        downside_target_price=_exact(draft.downside_target_price),
        current_price=current,
        created_at=at,
        updated_at=at,
    )


def validate_changes(target: TargetPrice, changes: TargetChanges) -> None:
    """Raise ValidationFailedError with every error of a changed target."""
    errors = (*_target_errors(target, frozenset()), *_current_errors(changes.get("current_price")))
    if errors:
        raise ValidationFailedError(*errors)


def _errors(
    draft: TargetDraft, symbol: str, kind: PositionType | None, position: Position | None
) -> Iterator[FieldError]:
    yield from draft.unread
    unread = {error.field for error in draft.unread}
    if "" in unread:
        return
    if symbol:
        yield from symbol_errors("symbol", symbol)
    elif "symbol" not in unread:
        yield FieldError("symbol", "Required.", "required")
    if position and (position.symbol, position.position_type) != (symbol, kind):
        other = f"The position is {position.position_type} of {position.symbol}."
        yield FieldError("position_id", other, "does_not_fit")
    yield from _target_errors(draft, unread)
    yield from _current_errors(draft.current_price)


def _target_errors(
    target: TargetDraft | TargetPrice, unread: Collection[str]
) -> Iterator[FieldError]:
    prices = {name: getattr(target, name) for name in TARGETS}
    for name, price in prices.items():
        if price is not None:
            yield from number_errors(name, price, may_be_zero=True, decimals=DECIMALS)
    if not any(name in unread or price is not None for name, price in prices.items()):
        yield FieldError(TARGETS[0], f"One of {', '.join(TARGETS)} is required.", "required")


def _current_errors(price: Decimal | None) -> Iterator[FieldError]:
    if price is not None:
        yield from number_errors("current_price", price, decimals=DECIMALS)


def _exact(price: Decimal | None) -> Decimal | None:
    return None if price is None else abs(round(price, DECIMALS))
