"""How the offline analyst writes figures, lists and names."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

LARGEST_NUMBER: Final = Decimal("1e18")


def number(value: Decimal, form: str = "z,.2f") -> str:
    is_readable = value.is_finite() and abs(value) < LARGEST_NUMBER
    return f"{value:{form}}" if is_readable else "(unknown)"


def quantity(value: Decimal) -> str:
    digits = number(value, "z,.6f")
    return digits.rstrip("0").rstrip(".")


def percent(fraction: Decimal) -> str:
    return f"{number(fraction * 100, 'z.1f')} %"


def money(amount: Decimal, currency: str) -> str:
    digits = number(amount)
    return f"${digits}".replace("$-", "-$") if currency == "USD" else f"{currency} {digits}"


def listed(items: Sequence[str]) -> str:
    """Return “a, b and c”."""
    return ", ".join(items[:-1]) + " and " * (len(items) > 1) + "".join(items[-1:])


def one_line(text: str, length: int = 60) -> str:
    """Return a user's text on one line, cut to that many characters."""
    words = " ".join(text.split())
    return words if len(words) <= length else f"{words[: length - 1]}…"
