"""The portfolios of all users, and the use cases of maintenance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Subscription, Tier
from sigmasight.domain.jobs import MAX_ATTEMPTS, JobKind
from sigmasight.domain.kernel import UserId
from sigmasight.domain.maintenance.model import MaintenanceReport, MaintenanceRun, MaintenanceTask
from sigmasight.domain.maintenance.sample_portfolio import SamplePortfolios
from sigmasight.domain.maintenance.use_cases import (
    ReadMaintenanceRuns,
    RunMaintenance,
    StartMaintenance,
)
from sigmasight.domain.portfolios.calculations.runs import CalculationRun, RunStatus
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from tests.support.builders.calculations import a_snapshot
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.calculations import (
    InMemoryCalculationRuns,
    InMemoryFactorResults,
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.maintenance import InMemoryAllPortfolios, InMemoryMaintenanceRuns
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.store import InMemoryStore

OPERATOR: Final = BOBS_ID
SECOND: Final = timedelta(seconds=1)


class MaintenanceWorkspace:
    """Ann has portfolios; Bob is the operator, and has none."""

    def __init__(self, portfolios: int = 3) -> None:
        self.portfolios = [
            a_portfolio(id=PortfolioId(UUID(int=100 + n)), terms=terms(account_name=f"Broker {n}"))
            for n in range(portfolios)
        ]
        self.store = InMemoryStore(
            users={ANNS_ID: a_user(), OPERATOR: bob(subscription=Subscription(Tier.FREE))},
            portfolios={(ANNS_ID, each.id): each for each in self.portfolios},
        )
        self.clock = FixedClock(NOON)
        store, clock = self.store, self.clock
        held = ImmediateTransaction(store)
        fixes, all_portfolios = InMemoryMaintenanceRuns(store), InMemoryAllPortfolios(store)
        self.queue = InMemoryQueue(store)
        kept = InMemoryPortfolios(store)
        self.start = StartMaintenance(fixes, all_portfolios, self.queue, clock, held)
        self.read = ReadMaintenanceRuns(fixes, held)
        self.run_maintenance = RunMaintenance(
            fixes,
            all_portfolios,
            InMemorySnapshots(store),
            InMemoryFactorResults(store),
            SamplePortfolios(kept, InMemoryPositions(store), DEFAULT_LIMITS),
            InMemoryCalculationRuns(store),
            self.queue,
            clock,
            held,
            MAX_ATTEMPTS,
        )

    async def started(
        self, task: MaintenanceTask, portfolio: PortfolioId | None = None
    ) -> MaintenanceRun:
        fix = await self.start(task, by=OPERATOR, portfolio=portfolio)
        self.clock.advance(SECOND)
        return fix

    async def report(self, fix: MaintenanceRun) -> MaintenanceReport:
        return await self.read.one(fix.id)

    def calculated(self, *portfolios: Portfolio) -> None:
        """Let each have been calculated now."""
        for each in portfolios:
            snapshot = a_snapshot(each, calculated_at=self.clock.now())
            self.store.snapshots[each.user_id, each.id, RunId(uuid4())] = snapshot

    def runs(self) -> Sequence[CalculationRun]:
        return list(self.store.runs.values())

    def end(self, run: CalculationRun, status: RunStatus = RunStatus.COMPLETED) -> None:
        """Let a calculation have ended now."""
        self.store.runs[run.user_id, run.id] = run.ended(status, self.clock.now())

    async def queued_calculations(self) -> Sequence[tuple[UserId, RunId]]:
        jobs = [job for job in await self.queue.claim(999) if job.kind is JobKind.CALCULATE]
        return [(UserId(job.arguments[0]), RunId(job.arguments[1])) for job in jobs]

    def delete(self, portfolio: Portfolio) -> None:
        gone = replace(portfolio, deleted_at=self.clock.now())
        self.store.portfolios[portfolio.user_id, portfolio.id] = gone
