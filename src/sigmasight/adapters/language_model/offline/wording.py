"""Figures as people read them; whatever a figure is, there is a word for it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sigmasight.domain.assistant.language_model import PortfolioContext

UNKNOWN: Final = "an unknown amount"
UNREADABLE: Final = Decimal("1e18")
"""From here on nobody counts digits."""


def money(amount: Decimal, currency: str) -> str:
    if not amount.is_finite():
        return UNKNOWN
    digits = f"{abs(amount):,.2f}" if abs(amount) < UNREADABLE else f"{abs(amount):.3E}"
    sign = "-" if amount < 0 and digits != "0.00" else ""
    return f"{sign}${digits}" if currency == "USD" else f"{currency} {sign}{digits}"


def percent(fraction: Decimal) -> str:
    if not fraction.is_finite() or abs(fraction) >= UNREADABLE:
        return "an unknown share"
    return f"{fraction * 100:.1f} %".replace("-0.0 %", "0.0 %")


def number(value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= UNREADABLE:
        return "unknown"
    return f"{value:,.2f}"


def quantity(value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= UNREADABLE:
        return "an unknown number"
    digits = f"{value:,.6f}"
    return digits.rstrip("0").rstrip(".")


def listed(items: Sequence[str]) -> str:
    if len(items) < 2:  # noqa: PLR2004  with two there is an “and”
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def name_of(book: PortfolioContext) -> str:
    """Return a portfolio's name on one line, in quotation marks."""
    return f"“{one_line(book.portfolio.terms.name)}”"


def one_line(text: str, most: int = 60) -> str:
    """Return what somebody typed as a name, on one line and cut where it is too long."""
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
