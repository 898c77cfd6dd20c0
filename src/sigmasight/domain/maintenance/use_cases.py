"""Starting, running and reading maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sigmasight.domain.jobs import (
    JobArguments,
    JobHandler,
    JobKind,
    JobQueue,
    MaxAttempts,
    truncated,
)
from sigmasight.domain.kernel import (
    Clock,
    Transaction,
    UserId,
    atomic,
    new_id,
)
from sigmasight.domain.maintenance.model import (
    AllPortfolios,
    MaintenanceReport,
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceRunNotFoundError,
    MaintenanceRuns,
    MaintenanceStage,
    MaintenanceStatus,
    MaintenanceTask,
    OwnedPortfolio,
)
from sigmasight.domain.maintenance.sample_portfolio import SamplePortfolios
from sigmasight.domain.portfolios.calculations.runs import (
    BY_OPERATOR,
    CalculationRun,
    CalculationRuns,
)
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshots
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioLimitReachedError,
    PortfolioNotFoundError,
)


@dataclass(frozen=True, slots=True)
class StartMaintenance:
    """Have a worker fix something; whoever asks must be an operator."""

    fixes: MaintenanceRuns
    all_portfolios: AllPortfolios
    queue: JobQueue
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, task: MaintenanceTask, *, by: UserId, portfolio: PortfolioId | None = None
    ) -> MaintenanceRun:
        """Raise PortfolioNotFoundError where the one named is nobody's."""
        owned = await self.all_portfolios.find(portfolio) if portfolio else None
        if portfolio and owned is None:
            raise PortfolioNotFoundError
        fix = MaintenanceRun(
            id=MaintenanceRunId(new_id()),
            task=task,
            portfolio=owned,
            requested_by=by,
            created_at=self.clock.now(),
        )
        await self.fixes.add(fix)
        await self.queue.put(JobKind.MAINTENANCE, [fix.job_arguments], behind=False)
        return fix


@dataclass(frozen=True, slots=True)
class ReadMaintenanceRuns:
    """See what was asked for, by whom, and how far it is."""

    fixes: MaintenanceRuns
    transaction: Transaction

    @atomic
    async def one(self, fix: MaintenanceRunId) -> MaintenanceReport:
        """Raise MaintenanceRunNotFoundError."""
        found = await self.fixes.find(fix)
        if found is None:
            raise MaintenanceRunNotFoundError
        return found

    @atomic
    async def latest(self, limit: int) -> Sequence[MaintenanceReport]:
        return await self.fixes.latest(limit)


PAGE: Final = 500
CLEARED_AT_ONCE: Final = 5_000
TURN: Final = timedelta(seconds=0.5)
GIVEN_UP: Final = "No worker has it any more."


@dataclass(frozen=True, slots=True)
class RunMaintenance(JobHandler):
    """Do what a fix asks for: a worker's duty, about the fix.

    How far it is stands in its row, and is changed with what was done; so a page is seen to
    once, whoever takes the fix up again. It is let go of after a while, as what users
    ask for waits for the same worker.
    """

    maintenance_runs: MaintenanceRuns
    all_portfolios: AllPortfolios
    snapshots: Snapshots
    samples: SamplePortfolios
    runs: CalculationRuns
    queue: JobQueue
    clock: Clock
    transaction: Transaction
    most_tries: MaxAttempts

    async def __call__(self, subject: JobArguments) -> bool:
        going_on = await self._begin(subject)
        over = self.clock.now() + TURN
        while going_on:
            going_on = await self._go_on(subject)
            if self.clock.now() >= over:
                break
        return going_on

    @atomic
    async def failed(self, subject: JobArguments, reason: str) -> bool:
        fix = await self._claim(subject)
        if fix is None:
            return False
        again = fix.tries < self.most_tries
        reason = truncated(reason)
        await self.maintenance_runs.put(
            replace(fix, error=reason)
            if again
            else self._ended(fix, MaintenanceStatus.FAILED, reason)
        )
        return again

    @atomic
    async def _begin(self, subject: JobArguments) -> bool:
        """Count a try before it begins, so that what its worker dies of ends too."""
        fix = await self._claim(subject)
        if fix is None:
            return False
        if fix.tries >= self.most_tries:
            reason = fix.error or "The worker ended in its middle each time."
            await self.maintenance_runs.put(self._ended(fix, MaintenanceStatus.FAILED, reason))
            return False
        if fix.started_at is None:
            portfolios = 1 if fix.portfolio else await self.all_portfolios.count()
            now = self.clock.now()
            fix = replace(
                fix, started_at=now, status=MaintenanceStatus.RUNNING, portfolios=portfolios
            )
        await self.maintenance_runs.put(replace(fix, tries=fix.tries + 1))
        return True

    @atomic
    async def _go_on(self, subject: JobArguments) -> bool:
        """Do the next page of the present stage, and return whether there is more to do."""
        fix = await self._claim(subject)
        if fix is None:
            return False
        match fix.stage:
            case None:
                done = self._ended(fix, MaintenanceStatus.COMPLETED)
            case MaintenanceStage.SEED:
                done = await self._seed(fix)
            case MaintenanceStage.CLEAR | MaintenanceStage.RUN as stage:
                page = await self._page(fix)
                if not page:
                    done = fix.with_stage_done(fix.counts)
                elif stage is MaintenanceStage.CLEAR:
                    done = await self._clear(fix, page)
                else:
                    done = await self._run(fix, page)
        await self.maintenance_runs.put(done)
        return done.completed_at is None

    async def _page(self, fix: MaintenanceRun) -> Sequence[OwnedPortfolio]:
        if fix.portfolio:
            return [] if fix.after else [fix.portfolio]
        return await self.all_portfolios.page(fix.after, PAGE)

    async def _clear(self, fix: MaintenanceRun, page: Sequence[OwnedPortfolio]) -> MaintenanceRun:
        cleared = await self.snapshots.clear(page, until=fix.created_at, limit=CLEARED_AT_ONCE)
        given_up = await self.runs.fail_orphaned(page, at=self.clock.now(), reason=GIVEN_UP)
        tally = fix.counts
        tally = replace(
            tally,
            snapshots_cleared=tally.snapshots_cleared + cleared,
            calculations_given_up=tally.calculations_given_up + given_up,
        )
        return fix.advanced([] if cleared == CLEARED_AT_ONCE else page, tally)

    async def _seed(self, fix: MaintenanceRun) -> MaintenanceRun:
        try:
            seeded = await self.samples.create(fix.requested_by, at=self.clock.now())
        except PortfolioLimitReachedError as refusal:
            if fix.task is MaintenanceTask.SEED_PORTFOLIOS:
                return self._ended(fix, MaintenanceStatus.FAILED, str(refusal))
            return fix.with_stage_done(replace(fix.counts, seeding_refused=str(refusal)))
        return fix.with_stage_done(replace(fix.counts, portfolios_seeded=seeded))

    async def _run(self, fix: MaintenanceRun, page: Sequence[OwnedPortfolio]) -> MaintenanceRun:
        asked = [_run_of(each, fix, self.clock.now()) for each in page]
        started = await self.runs.start(asked)
        subjects = [run.job_arguments for run in started]
        await self.queue.put(JobKind.CALCULATE, subjects, behind=True)
        tally = fix.counts
        tally = replace(
            tally,
            calculations_started=tally.calculations_started + len(started),
            calculations_skipped=tally.calculations_skipped + len(asked) - len(started),
        )
        return fix.advanced(page, tally)

    async def _claim(self, subject: JobArguments) -> MaintenanceRun | None:
        [fix] = subject
        return await self.maintenance_runs.claim(MaintenanceRunId(fix))

    def _ended(
        self, fix: MaintenanceRun, status: MaintenanceStatus, error: str | None = None
    ) -> MaintenanceRun:
        return fix.ended(status, self.clock.now(), error)


def _run_of(portfolio: OwnedPortfolio, fix: MaintenanceRun, at: datetime) -> CalculationRun:
    return CalculationRun(
        id=RunId(new_id()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        triggered_by=BY_OPERATOR,
        batch=fix.batch,
        started_at=at,
    )
