"""What analytics are computed from: open positions, with the prices and profiles of their symbols.

A book is of one portfolio, or of several together: then their net asset values add up, and
positions in the same symbol net.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Final

from sigmasight.domain.portfolios.analytics.options import NO_INTEREST, OptionModel, RiskFreeRate
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.benchmarks import BenchmarkWeights
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from sigmasight.domain.portfolios.positions import InvestmentClass, Position
from sigmasight.domain.portfolios.profiles import CompanyProfile


class Reason(StrEnum):
    """Why a figure is not available."""

    NO_POSITIONS = "no_positions"
    NO_PUBLIC_POSITIONS = "no_public_positions"
    NOT_ENOUGH_HISTORY = "not_enough_history"
    NO_FACTOR_PRICES = "no_factor_prices"
    NO_PROFILES = "no_profiles"
    NO_BENCHMARK_WEIGHTS = "no_benchmark_weights"
    NO_RESULTS = "no_results"
    ZERO_VALUE = "zero_value"

    @property
    def sentence(self) -> str:
        return SENTENCES[self]


SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.NO_POSITIONS: "There are no open positions.",
    Reason.NO_PUBLIC_POSITIONS: "No open position has a symbol with market prices.",
    Reason.NOT_ENOUGH_HISTORY: "The prices of the positions do not go back far enough.",
    Reason.NO_FACTOR_PRICES: "There are no prices of the factor ETFs to compare with.",
    Reason.NO_PROFILES: "There are no company profiles of the positions.",
    Reason.NO_BENCHMARK_WEIGHTS: "There are no sector weights of the benchmark.",
    Reason.NO_RESULTS: "The portfolio has not been calculated yet.",
    Reason.ZERO_VALUE: "The portfolio's net asset value is not above zero.",
}


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A figure that cannot be given, and why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Holding:
    """What a position's value moves with: itself, or the underlying of an option."""

    position: Position
    symbol: str
    exposure: float
    """Money; of an option, delta times the value of the underlying shares."""
    gamma: float = 0.0
    """Money: the change of exposure for a return of 1 of the underlying."""


@dataclass(frozen=True)
class Book:
    portfolios: Sequence[Portfolio]
    positions: Sequence[Position]
    """Open ones, with their latest prices."""
    history: History
    """Closes of their symbols and underlyings, and of symbols to compare them with."""
    profiles: Mapping[str, CompanyProfile]
    day: date
    """The day of the latest price, or today without prices."""
    latest: Mapping[str, date]
    """The day of each symbol's last price."""
    benchmark: BenchmarkWeights | None = None
    risk_free_rate: RiskFreeRate = NO_INTEREST
    realized_pnl: Mapping[PortfolioId, Decimal] = field(default_factory=dict)
    """Of all positions of each portfolio, closed ones included."""

    @cached_property
    def net_asset_value(self) -> float:
        return float(total(portfolio.net_asset_value for portfolio in self.portfolios))

    @cached_property
    def exposed(self) -> Sequence[Position]:
        """The positions that are not cash."""
        return [each for each in self.positions if not each.is_cash]

    @cached_property
    def holdings(self) -> Sequence[Holding]:
        """The positions with a market price, or with an underlying that has one."""
        return list(self._holdings())

    @property
    def left_out(self) -> int:
        """How many positions have no holding: private ones, and options without a delta."""
        return len(self.exposed) - len(self.holdings)

    @cached_property
    def exposures(self) -> Mapping[str, float]:
        """The net exposure to each symbol."""
        exposures: defaultdict[str, float] = defaultdict(float)
        for each in self.holdings:
            exposures[each.symbol] += each.exposure
        return exposures

    @cached_property
    def values(self) -> Mapping[str, float]:
        """The net market value of each symbol, options by their own, cash left out."""
        values: defaultdict[str, float] = defaultdict(float)
        for each in self.exposed:
            values[each.symbol] += float(each.worth)
        return values

    @property
    def problem(self) -> Unavailable | None:
        """Why no figure of market prices can be given, if so."""
        if not self.positions:
            return Unavailable(Reason.NO_POSITIONS)
        if self.net_asset_value <= 0:
            return Unavailable(Reason.ZERO_VALUE)
        return None if self.holdings else Unavailable(Reason.NO_PUBLIC_POSITIONS)

    def _holdings(self) -> Iterator[Holding]:
        for position in self.exposed:
            match position.investment_class:
                case InvestmentClass.OPTIONS:
                    if holding := self._option(position):
                        yield holding
                case InvestmentClass.PUBLIC:
                    yield Holding(position, position.symbol, float(position.worth))

    def _option(self, position: Position) -> Holding | None:
        found = OptionModel.of(
            position, history=self.history, day=self.day, rate=self.risk_free_rate
        )
        if found is None:
            return None
        symbol, spot = position.underlying_symbol or "", found.spot
        shares = float(position.converted(position.quantity * position.multiplier))
        return Holding(
            position, symbol, shares * found.delta * spot, shares * found.gamma * spot * spot
        )
