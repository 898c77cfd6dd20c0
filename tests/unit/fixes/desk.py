"""An operator's desk: everybody's portfolios, and a worker that carries out what is asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Subscription, Tier
from sigmasight.domain.fixes.carrying_out import CarryOutFix
from sigmasight.domain.fixes.fix import Fix, FixReport, FixTask
from sigmasight.domain.fixes.ordering import LookUpFixes, OrderFix
from sigmasight.domain.fixes.samples import Samples
from sigmasight.domain.jobs import MOST_TRIES, JobKind
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from sigmasight.domain.portfolios.runs import CalculationRun, RunStatus
from sigmasight.domain.portfolios.snapshots import RunId
from tests.unit.examples import ANNS_ID, BOBS_ID, NOON, a_portfolio, a_user, bob, terms
from tests.unit.fakes import FixedClock, ImmediateTransaction, Memory
from tests.unit.fakes_of_calculations import (
    InMemoryCalculationRuns,
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.unit.fakes_of_fixes import InMemoryAllPortfolios, InMemoryFixes
from tests.unit.fakes_of_portfolios import InMemoryPortfolios, InMemoryPositions
from tests.unit.portfolios.calculation.runs import a_snapshot

OPERATOR: Final = BOBS_ID
SECOND: Final = timedelta(seconds=1)


class Desk:
    """Ann has portfolios; Bob is the operator, and has none."""

    def __init__(self, portfolios: int = 3) -> None:
        self.held = [
            a_portfolio(id=PortfolioId(UUID(int=100 + n)), terms=terms(account_name=f"Broker {n}"))
            for n in range(portfolios)
        ]
        self.memory = Memory(
            users={ANNS_ID: a_user(), OPERATOR: bob(subscription=Subscription(Tier.FREE))},
            portfolios={(ANNS_ID, each.id): each for each in self.held},
        )
        self.clock = FixedClock(NOON)
        memory, clock = self.memory, self.clock
        held = ImmediateTransaction(memory)
        fixes, everybodys = InMemoryFixes(memory), InMemoryAllPortfolios(memory)
        self.queue = InMemoryQueue(memory)
        kept = InMemoryPortfolios(memory)
        self.order = OrderFix(fixes, everybodys, self.queue, clock, held)
        self.look_up = LookUpFixes(fixes, held)
        self.carry_out = CarryOutFix(
            fixes,
            everybodys,
            InMemorySnapshots(memory),
            Samples(kept, InMemoryPositions(memory), DEFAULT_LIMITS),
            InMemoryCalculationRuns(memory),
            self.queue,
            clock,
            held,
            MOST_TRIES,
        )

    async def ordered(self, task: FixTask, portfolio: PortfolioId | None = None) -> Fix:
        fix = await self.order(task, by=OPERATOR, portfolio=portfolio)
        self.clock.advance(SECOND)
        return fix

    async def report(self, fix: Fix) -> FixReport:
        return await self.look_up.one(fix.id)

    def calculated(self, *portfolios: Portfolio) -> None:
        """Let each have been calculated now."""
        for each in portfolios:
            snapshot = a_snapshot(each, calculated_at=self.clock.now())
            self.memory.snapshots[each.user_id, each.id, RunId(uuid4())] = snapshot

    def runs(self) -> Sequence[CalculationRun]:
        return list(self.memory.runs.values())

    def end(self, run: CalculationRun, status: RunStatus = RunStatus.COMPLETED) -> None:
        """Let a calculation have ended now."""
        self.memory.runs[run.user_id, run.id] = run.ended(status, self.clock.now())

    async def waiting(self) -> Sequence[tuple[UserId, RunId]]:
        jobs = [job for job in await self.queue.take(999) if job.kind is JobKind.CALCULATE]
        return [(UserId(job.subject[0]), RunId(job.subject[1])) for job in jobs]

    def delete(self, portfolio: Portfolio) -> None:
        gone = replace(portfolio, deleted_at=self.clock.now())
        self.memory.portfolios[portfolio.user_id, portfolio.id] = gone
