"""Concentration of market value in few symbols."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable

POINTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    hhi: float
    """The Herfindahl-Hirschman index, from 0 to 10,000."""
    top_3: float
    top_10: float
    weights: Mapping[str, float]
    """Each symbol's share of the sum of absolute market values, the largest first."""
    values: Mapping[str, float]
    total_positions: int

    @property
    def effective_positions(self) -> float:
        """How many equal positions would have the same index."""
        return POINTS / self.hhi

    @property
    def interpretation(self) -> str:
        """By the thresholds of the US horizontal merger guidelines (2010)."""
        if self.hhi < 1500:  # noqa: PLR2004
            return "diversified"
        return "moderately concentrated" if self.hhi <= 2500 else "highly concentrated"  # noqa: PLR2004


def concentration(book: Book) -> Concentration | Unavailable:
    if not book.exposed:
        return Unavailable(Reason.NO_POSITIONS)
    sizes = {symbol: abs(value) for symbol, value in book.values.items()}
    whole = sum(sizes.values())
    if whole <= 0:
        return Unavailable(Reason.ZERO_VALUE)
    ordered = sorted(sizes, key=lambda symbol: (-sizes[symbol], symbol))
    weights = {symbol: sizes[symbol] / whole for symbol in ordered}
    largest = list(weights.values())
    return Concentration(
        hhi=sum(weight * weight for weight in largest) * POINTS,
        top_3=sum(largest[:3]),
        top_10=sum(largest[:10]),
        weights=weights,
        values=book.values,
        total_positions=len(book.exposed),
    )
