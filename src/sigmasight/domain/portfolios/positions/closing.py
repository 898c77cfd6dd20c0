"""Closing a position in part or in full, and the realized gain."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.money import EXACT, product, written
from sigmasight.domain.portfolios.positions.model import Position, PositionClosedError
from sigmasight.domain.portfolios.positions.validation import PRECISION, number_errors

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The terms of a closing: in full unless what is closed, or what remains, is given."""

    exit_price: Decimal | None = None
    """May be 0, for an option that expires worthless."""
    exit_date: date | None = None
    close_quantity: Decimal | None = None
    """The quantity closed, positive for long and short."""
    remaining: Decimal | None = None
    """The quantity that stays open, with its sign; 0 closes in full."""

    @property
    def is_requested(self) -> bool:
        return self != Closing()

    def size(self, position: Position) -> Decimal:
        """Return the quantity to close, positive for long and short."""
        if self.remaining is not None:
            return abs(EXACT.subtract(position.quantity, self.remaining))
        return abs(position.quantity) if self.close_quantity is None else self.close_quantity


def close_position(position: Position, closing: Closing, *, today: date) -> Position:
    """Return the position after closing that quantity at that price.

    Nothing is known to be realized if its cost is unknown.
    Raise PositionClosedError if nothing is open, ValidationFailedError with every error.
    """
    if not position.is_open:
        raise PositionClosedError
    errors = tuple(_errors(position, closing, today))
    if errors or closing.exit_price is None:
        raise ValidationFailedError(*errors)
    price = closing.exit_price.quantize(PRECISION)
    size = closing.size(position).quantize(PRECISION)
    signed = size.copy_sign(position.quantity)
    after = position
    if position.entry_price is not None:
        brought = product(price - position.entry_price, signed, position.multiplier)
        after = replace(position, realized_pnl=EXACT.add(position.realized_pnl or NOTHING, brought))
    if size < abs(position.quantity):
        return replace(after, quantity=position.quantity - signed)
    return replace(after, exit_price=price, exit_date=closing.exit_date or today)


def _errors(position: Position, closing: Closing, today: date) -> Iterator[FieldError]:
    price, day = closing.exit_price, closing.exit_date
    if price is None:
        yield FieldError("exit_price", "Required to close a position.", "required")
    else:
        yield from number_errors("exit_price", price, may_be_zero=True)
    if day is not None and day > today:
        yield FieldError("exit_date", "Must not be in the future.", "in_the_future")
    elif day is not None and day < position.entry_date:
        yield FieldError("exit_date", "Must not be before the entry date.", "before_entry_date")
    yield from _closed_errors(abs(position.quantity), closing.close_quantity)
    yield from _remaining_errors(position, closing)


def _closed_errors(held: Decimal, size: Decimal | None) -> Iterator[FieldError]:
    if size is None:
        return
    if errors := tuple(number_errors("close_quantity", size)):
        yield from errors
    elif size > held:
        yield FieldError("close_quantity", f"Only {written(held, 0)} is open.", "more_than_open")


def _remaining_errors(position: Position, closing: Closing) -> Iterator[FieldError]:
    held, remaining, size = position.quantity, closing.remaining, closing.close_quantity
    if remaining is None:
        return
    if errors := tuple(number_errors("quantity", remaining.copy_abs(), may_be_zero=True)):
        yield from errors
    elif remaining.copy_sign(held) != remaining or abs(remaining) >= abs(held):
        sentence = f"Must be what remains of {written(held, 0)}: between it and 0, with its sign."
        yield FieldError("quantity", sentence, "not_what_remains")
    elif size is not None and EXACT.add(abs(remaining), size) != abs(held):
        sentence = f"Must be what remains of {written(held, 0)} when close_quantity is closed."
        yield FieldError("quantity", sentence, "not_what_remains")
