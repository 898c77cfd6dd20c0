"""A portfolio at its latest prices: value, exposures, profit and loss, expected returns.

Market values are signed, and options count for 100 shares a contract. Exposure leaves cash
positions out. Net asset value is the stated equity, else the market value of all positions.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final, Protocol

from sigmasight.domain.kernel import Clock, UserId
from sigmasight.domain.portfolios.money import EXACT, total
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.target_prices.analytics import TargetPriceSummary, TargetValuation
from sigmasight.domain.portfolios.target_prices.model import TargetPrice

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The last snapshot before a period, and what has been paid in since then, net."""

    market_value: Decimal
    net_flow: Decimal


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A portfolio with its open positions at their latest prices."""

    portfolio: Portfolio
    positions: Sequence[Position]
    targets: Sequence[TargetPrice]
    realized_pnl: Decimal
    """Of all positions, closed ones included."""
    year: Baseline | None
    month: Baseline | None

    @property
    def net_asset_value(self) -> Decimal:
        return self.portfolio.net_asset_value

    @cached_property
    def _exposures(self) -> Sequence[Decimal]:
        return [each.worth for each in self.positions if not each.is_cash]

    @cached_property
    def long_exposure(self) -> Decimal:
        return total(value for value in self._exposures if value > 0)

    @cached_property
    def short_exposure(self) -> Decimal:
        """The value of what is short, not above 0."""
        return total(value for value in self._exposures if value < 0)

    @property
    def gross_exposure(self) -> Decimal:
        return EXACT.subtract(self.long_exposure, self.short_exposure)

    @property
    def net_exposure(self) -> Decimal:
        return EXACT.add(self.long_exposure, self.short_exposure)

    @property
    def cash_balance(self) -> Decimal:
        """What is not invested."""
        return EXACT.subtract(self.net_asset_value, self.net_exposure)

    def fraction(self, value: Decimal) -> Decimal:
        """Return a value as a fraction of net asset value; 0 if that is not above 0."""
        return EXACT.divide(value, self.net_asset_value) if self.net_asset_value > 0 else NOTHING

    @cached_property
    def market_value(self) -> Decimal:
        return total(each.worth for each in self.positions)

    @cached_property
    def unrealized_pnl(self) -> Decimal:
        return total(each.converted(each.unrealized_pnl) for each in self.positions)

    @property
    def total_pnl(self) -> Decimal:
        return EXACT.add(self.unrealized_pnl, self.realized_pnl)

    def pnl_since(self, baseline: Baseline | None) -> Decimal | None:
        """Return the change of market value that no equity change explains."""
        if baseline is None:
            return None
        change = EXACT.subtract(self.market_value, baseline.market_value)
        return EXACT.subtract(change, baseline.net_flow)

    @property
    def option_count(self) -> int:
        return _count(each.position_type.is_option for each in self.positions)

    @property
    def long_count(self) -> int:
        """Positions that are neither short nor options."""
        return len(self.positions) - self.option_count - self.short_count

    @property
    def short_count(self) -> int:
        """Short positions, without options."""
        kinds = [each.position_type for each in self.positions]
        return _count(kind.is_short and not kind.is_option for kind in kinds)

    @cached_property
    def target_returns(self) -> TargetPriceSummary | None:
        """The expected returns; None without target prices."""
        if not self.targets:
            return None
        return TargetValuation(self.positions, self.net_asset_value).summary(self.targets)


class Overviews(Protocol):
    """All users' overviews, each read at once."""

    @abstractmethod
    async def find(
        self, user: UserId, portfolio: PortfolioId, *, year: date, month: date
    ) -> Overview | None:
        """Return the overview of the user's portfolio.

        The baselines are those before the first day of the year and of the month.
        """


@dataclass(frozen=True, slots=True)
class ReadOverview:
    """Read the overview of the caller's portfolio."""

    overviews: Overviews
    clock: Clock

    async def __call__(self, portfolio: PortfolioId, *, by: UserId) -> Overview:
        """Raise PortfolioNotFoundError."""
        today = self.clock.now().date()
        month = today.replace(day=1)
        found = await self.overviews.find(by, portfolio, year=month.replace(month=1), month=month)
        if found is None:
            raise PortfolioNotFoundError
        return found


def _count(values: Iterable[bool]) -> int:
    return sum(values)
