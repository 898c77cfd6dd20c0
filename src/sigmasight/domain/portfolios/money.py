"""Money: exact, finite, in hundredths; products of quantity and price are not rounded."""

from collections.abc import Iterable
from decimal import Context, Decimal
from functools import reduce
from typing import Final

from sigmasight.domain.kernel import FieldError, ValidationFailedError

CENTS: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal("1e16")
EXACT: Final = Context(prec=100)
"""Precise enough for a product of any quantity and price, and for large sums of them."""


def amount(value: Decimal, field: str) -> Decimal:
    """Return the amount in hundredths; raise ValidationFailedError if it is invalid."""
    if not value.is_finite():
        raise ValidationFailedError(FieldError(field, "Must be a finite number.", "not_finite"))
    if not 0 <= value < MAX_AMOUNT:
        raise ValidationFailedError(
            FieldError(field, f"Must be at least 0 and below {MAX_AMOUNT:f}.", "out_of_range")
        )
    if value != (cents := value.quantize(CENTS)):
        raise ValidationFailedError(FieldError(field, "At most 2 decimals.", "too_precise"))
    return abs(cents)


def product(first: Decimal, *others: Decimal | int) -> Decimal:
    return reduce(EXACT.multiply, others, first)


def total(values: Iterable[Decimal]) -> Decimal:
    return reduce(EXACT.add, values, Decimal("0.00"))


def written(value: Decimal, decimals: int = 2) -> Decimal:
    """Return the number with that many decimals, or more if it needs them."""
    shortest = value.normalize(EXACT)
    padded = value.quantize(Decimal(1).scaleb(-decimals), context=EXACT)
    return padded if padded == shortest else shortest
