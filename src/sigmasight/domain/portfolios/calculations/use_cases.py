"""Reading stored factor exposures."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sigmasight.domain.kernel import Transaction, UserId, atomic
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.analytics.factors import Factor, FactorExposures
from sigmasight.domain.portfolios.analytics.stress import (
    FundDuration,
    Scenarios,
    StressTest,
    chosen,
    stress_test,
)
from sigmasight.domain.portfolios.analytics.use_cases import Accounts
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult, FactorResults
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot, Snapshots
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.profiles import CompanyProfile, CompanyProfiles
from sigmasight.domain.portfolios.target_prices.analytics import TargetPriceSummary
from sigmasight.domain.portfolios.target_prices.use_cases import TargetPriceContext


@dataclass(frozen=True, slots=True)
class ReadFactors:
    """Read the factor exposures of the last calculation of the caller's portfolios."""

    portfolios: Portfolios
    positions: Positions
    profiles: CompanyProfiles
    factor_results: FactorResults
    books: Books
    transaction: Transaction

    @atomic
    async def one(self, portfolio: PortfolioId, *, by: UserId) -> FactorResult | None:
        """Raise PortfolioNotFoundError."""
        await self.portfolios.get(by, portfolio)
        return await self._latest(portfolio, by)

    @atomic
    async def with_positions(
        self, portfolio: PortfolioId, *, by: UserId
    ) -> tuple[Sequence[Position], Mapping[str, CompanyProfile], FactorResult | None]:
        """Return the open positions, the profiles of their symbols, and the last result.

        Raise PortfolioNotFoundError.
        """
        await self.portfolios.get(by, portfolio)
        positions = [each for each in await self.positions.all(by, portfolio) if each.is_open]
        profiles = await self.profiles.for_symbols({each.symbol for each in positions})
        return positions, profiles, await self._latest(portfolio, by)

    @atomic
    async def several(
        self, only: Collection[PortfolioId], *, by: UserId
    ) -> tuple[Accounts, Mapping[PortfolioId, FactorResult]]:
        """Return the active portfolios, or those named, and their results.

        Raise PortfolioNotFoundError.
        """
        accounts = Accounts.of(await self.books.active(by, only))
        ids = [each.id for each in accounts.portfolios]
        found = await self.factor_results.latest(by, ids)
        return accounts, {each.portfolio_id: each for each in found}

    async def _latest(self, portfolio: PortfolioId, owner: UserId) -> FactorResult | None:
        found = await self.factor_results.latest(owner, [portfolio])
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class RunStressTest:
    """Apply the scenarios to factor exposures."""

    scenarios: Scenarios
    duration: FundDuration

    def __call__(self, exposures: FactorExposures, ids: Sequence[str] = ()) -> StressTest:
        """Apply the scenarios of these ids, or the usual ones without ids."""
        return stress_test(exposures, chosen(self.scenarios.all, ids), duration=self.duration)


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """The last results of a portfolio, with its present target prices."""

    snapshot: Snapshot | None
    factors: FactorResult | None
    targets: TargetPriceSummary

    def beta(self, factor: Factor) -> float | None:
        exposure = self.factors.exposures.factors.get(factor) if self.factors else None
        return exposure.beta if exposure else None


@dataclass(frozen=True, slots=True)
class ReadSnapshotSummary:
    """Read the last results of the caller's portfolio."""

    snapshots: Snapshots
    factor_results: FactorResults
    targets: TargetPriceContext
    transaction: Transaction

    @atomic
    async def __call__(self, portfolio: PortfolioId, *, by: UserId) -> SnapshotSummary:
        """Raise PortfolioNotFoundError."""
        known = await self.targets.portfolios.get(by, portfolio)
        found = await self.factor_results.latest(by, [portfolio])
        valuation = await self.targets.valuation(known)
        return SnapshotSummary(
            snapshot=await self.snapshots.latest(by, portfolio),
            factors=found[0] if found else None,
            targets=valuation.summary(await self.targets.targets.list(by, portfolio)),
        )
