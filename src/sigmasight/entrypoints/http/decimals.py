"""Decimals as answers have them: plain digits, however small."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sigmasight.domain.portfolios.money import written

SMALLEST: Final = -6
"""Decimal itself writes what is smaller than ten to this power with an exponent."""


class SmallDecimal(Decimal):
    """One that would have an exponent."""


TYPE_ENCODERS: Final[Mapping[Any, Any]] = {SmallDecimal: "{:f}".format}


def plain_decimal(value: Decimal) -> Decimal:
    """Return the same number, so that an answer has it in plain digits."""
    return SmallDecimal(value) if value.adjusted() < SMALLEST else value


def decimal_string(value: Decimal, decimals: int = 2) -> Decimal:
    """Return a number with that many decimals, or with more where it needs them."""
    return plain_decimal(written(value, decimals))


def optional_decimal_string(value: Decimal | None) -> Decimal | None:
    return None if value is None else decimal_string(value)
