"""Decimals in responses: plain digits, however small."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sigmasight.domain.portfolios.money import written

SMALLEST: Final = -6
"""Decimal writes numbers smaller than ten to this power with an exponent."""


class SmallDecimal(Decimal):
    """A number that Decimal would write with an exponent."""


TYPE_ENCODERS: Final[Mapping[Any, Any]] = {SmallDecimal: "{:f}".format}


def plain_decimal(value: Decimal) -> Decimal:
    """Return the same number, so that it is encoded in plain digits."""
    return SmallDecimal(value) if value.adjusted() < SMALLEST else value


def decimal_string(value: Decimal, decimals: int = 2) -> Decimal:
    """Return a number with at least that many decimals."""
    return plain_decimal(written(value, decimals))


def optional_decimal_string(value: Decimal | None) -> Decimal | None:
    return None if value is None else decimal_string(value)


def number(value: Decimal | None) -> float | None:
    """Return a JSON number, for clients that calculate with it; exact up to 15 digits."""
    return None if value is None else float(value)


def percent(fraction: Decimal | None) -> float | None:
    """Return a fraction as percent: 0.25 is 25.0."""
    return None if fraction is None else float(fraction * 100)
