"""Amounts of money: exact, finite, in hundredths."""

from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import FieldError, ValidationFailedError

CENTS: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal("1e16")


def amount(value: Decimal, field: str) -> Decimal:
    """Return the value in hundredths; raise ValidationFailedError for no such amount."""
    if not value.is_finite():
        raise ValidationFailedError(FieldError(field, "Must be a finite number.", "not_finite"))
    if not 0 <= value < MAX_AMOUNT:
        raise ValidationFailedError(
            FieldError(field, f"Must be at least 0 and below {MAX_AMOUNT:f}.", "out_of_range")
        )
    if value != (cents := value.quantize(CENTS)):
        raise ValidationFailedError(FieldError(field, "At most 2 decimals.", "too_precise"))
    return abs(cents)
