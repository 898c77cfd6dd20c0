"""Exposure by sector, compared with a benchmark."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable
from sigmasight.domain.portfolios.positions import InvestmentClass, Position

FUNDS: Final = "ETFs"
UNCLASSIFIED: Final = "Unclassified"
"""Options, private holdings, and symbols without a sector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorExposures:
    """Weights are absolute market values as fractions of net asset value."""

    weights: Mapping[str, float]
    benchmark: Mapping[str, float]
    differences: Mapping[str, float]
    """Weight less benchmark weight, over the sectors of both."""
    counts: Mapping[str, int]
    net_asset_value: float
    unclassified_value: float

    @property
    def largest_overweight(self) -> str | None:
        over = {sector: value for sector, value in self.differences.items() if value > 0}
        return max(over, key=over.__getitem__, default=None)

    @property
    def largest_underweight(self) -> str | None:
        under = {sector: value for sector, value in self.differences.items() if value < 0}
        return min(under, key=under.__getitem__, default=None)

    @property
    def unclassified_count(self) -> int:
        return self.counts.get(UNCLASSIFIED, 0)


def sector_exposures(book: Book) -> SectorExposures | Unavailable:
    if not book.exposed:
        return Unavailable(Reason.NO_POSITIONS)
    if book.net_asset_value <= 0:
        return Unavailable(Reason.ZERO_VALUE)
    if book.benchmark is None:
        return Unavailable(Reason.NO_BENCHMARK_WEIGHTS)
    if not book.profiles:
        return Unavailable(Reason.NO_PROFILES)
    values: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    for position in book.exposed:
        sector = sector_of(book, position)
        values[sector] += abs(float(position.worth))
        counts[sector] += 1
    weights = {sector: value / book.net_asset_value for sector, value in values.items()}
    benchmark = {sector: float(weight) for sector, weight in book.benchmark.weights.items()}
    return SectorExposures(
        weights=weights,
        benchmark=benchmark,
        differences={
            sector: weights.get(sector, 0.0) - benchmark.get(sector, 0.0)
            for sector in sorted(weights.keys() | benchmark)
        },
        counts=counts,
        net_asset_value=book.net_asset_value,
        unclassified_value=values.get(UNCLASSIFIED, 0.0),
    )


def sector_of(book: Book, position: Position) -> str:
    profile = book.profiles.get(position.symbol)
    if profile is None or position.investment_class is not InvestmentClass.PUBLIC:
        return UNCLASSIFIED
    return FUNDS if profile.is_etf or profile.is_fund else profile.sector or UNCLASSIFIED
