"""Starting, running and reading maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sigmasight.domain.jobs import JobArguments, JobKind, JobQueue, MaxAttempts, RetriedJobHandler
from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic, new_id
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
from sigmasight.domain.portfolios.calculations.factor_results import FactorResults
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
    """Queue a maintenance run; the caller has checked that an operator asks for it."""

    maintenance_runs: MaintenanceRuns
    all_portfolios: AllPortfolios
    queue: JobQueue
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, task: MaintenanceTask, *, by: UserId, portfolio: PortfolioId | None = None
    ) -> MaintenanceRun:
        """Raise PortfolioNotFoundError if `portfolio` does not exist."""
        owned = await self.all_portfolios.find(portfolio) if portfolio else None
        if portfolio and owned is None:
            raise PortfolioNotFoundError
        run = MaintenanceRun(
            id=MaintenanceRunId(new_id()),
            task=task,
            portfolio=owned,
            requested_by=by,
            created_at=self.clock.now(),
        )
        await self.maintenance_runs.add(run)
        await self.queue.put(JobKind.MAINTENANCE, [run.job_arguments], low_priority=False)
        return run


@dataclass(frozen=True, slots=True)
class ReadMaintenanceRuns:
    """Read maintenance runs: what was requested, by whom, and the progress."""

    maintenance_runs: MaintenanceRuns
    transaction: Transaction

    @atomic
    async def one(self, run: MaintenanceRunId) -> MaintenanceReport:
        """Raise MaintenanceRunNotFoundError."""
        found = await self.maintenance_runs.find(run)
        if found is None:
            raise MaintenanceRunNotFoundError
        return found

    @atomic
    async def latest(self, limit: int) -> Sequence[MaintenanceReport]:
        return await self.maintenance_runs.latest(limit)


PAGE: Final = 500
SNAPSHOTS_PER_TURN: Final = 5_000
TURN: Final = timedelta(seconds=0.5)
ORPHANED: Final = "The calculation's job is no longer in the queue."


@dataclass(frozen=True, slots=True)
class RunMaintenance(RetriedJobHandler[MaintenanceRun]):
    """Perform a maintenance run, page by page; the job's argument is the run.

    Its progress is stored in the same transaction as each page's effects, so that a page is done
    once, whichever worker resumes the run. A turn is short: users' calculations wait for the same
    worker.
    """

    maintenance_runs: MaintenanceRuns
    all_portfolios: AllPortfolios
    snapshots: Snapshots
    factor_results: FactorResults
    samples: SamplePortfolios
    runs: CalculationRuns
    queue: JobQueue
    clock: Clock
    transaction: Transaction
    max_attempts: MaxAttempts

    async def __call__(self, arguments: JobArguments) -> bool:
        more = await self.begin(arguments) is not None
        end = self.clock.now() + TURN
        while more:
            more = await self._next_page(arguments)
            if self.clock.now() >= end:
                break
        return more

    async def claim(self, arguments: JobArguments) -> MaintenanceRun | None:
        [run] = arguments
        return await self.maintenance_runs.claim(MaintenanceRunId(run))

    async def store(self, run: MaintenanceRun) -> None:
        await self.maintenance_runs.put(run)

    async def begun(self, run: MaintenanceRun) -> MaintenanceRun:
        if run.started_at is None:
            portfolios = 1 if run.portfolio else await self.all_portfolios.count()
            run = replace(
                run,
                started_at=self.clock.now(),
                status=MaintenanceStatus.RUNNING,
                portfolios=portfolios,
            )
        return replace(run, tries=run.tries + 1)

    @atomic
    async def _next_page(self, arguments: JobArguments) -> bool:
        """Perform the next page of the current stage; return whether there is more to do."""
        run = await self.claim(arguments)
        if run is None:
            return False
        match run.stage:
            case None:
                done = run.ended(MaintenanceStatus.COMPLETED, self.clock.now())
            case MaintenanceStage.SEED:
                done = await self._seed(run)
            case MaintenanceStage.CLEAR | MaintenanceStage.RUN as stage:
                page = await self._page(run)
                if not page:
                    done = run.with_stage_done(run.counts)
                elif stage is MaintenanceStage.CLEAR:
                    done = await self._clear(run, page)
                else:
                    done = await self._calculate(run, page)
        await self.store(done)
        return done.completed_at is None

    async def _page(self, run: MaintenanceRun) -> Sequence[OwnedPortfolio]:
        if run.portfolio:
            return [] if run.after else [run.portfolio]
        return await self.all_portfolios.page(run.after, PAGE)

    async def _clear(self, run: MaintenanceRun, page: Sequence[OwnedPortfolio]) -> MaintenanceRun:
        await self.factor_results.clear(page, until=run.created_at)
        cleared = await self.snapshots.clear(page, until=run.created_at, limit=SNAPSHOTS_PER_TURN)
        failed = await self.runs.fail_orphaned(page, at=self.clock.now(), reason=ORPHANED)
        counts = replace(
            run.counts,
            snapshots_cleared=run.counts.snapshots_cleared + cleared,
            calculations_given_up=run.counts.calculations_given_up + failed,
        )
        return run.advanced([] if cleared == SNAPSHOTS_PER_TURN else page, counts)

    async def _seed(self, run: MaintenanceRun) -> MaintenanceRun:
        try:
            seeded = await self.samples.create(run.requested_by, at=self.clock.now())
        except PortfolioLimitReachedError as error:
            if run.task is MaintenanceTask.SEED_PORTFOLIOS:
                return run.failed(self.clock.now(), str(error))
            return run.with_stage_done(replace(run.counts, seeding_refused=str(error)))
        return run.with_stage_done(replace(run.counts, portfolios_seeded=seeded))

    async def _calculate(
        self, run: MaintenanceRun, page: Sequence[OwnedPortfolio]
    ) -> MaintenanceRun:
        requested = [_calculation_of(each, run, self.clock.now()) for each in page]
        started = await self.runs.start(requested)
        await self.queue.put(
            JobKind.CALCULATE, [each.job_arguments for each in started], low_priority=True
        )
        skipped = len(requested) - len(started)
        counts = replace(
            run.counts,
            calculations_started=run.counts.calculations_started + len(started),
            calculations_skipped=run.counts.calculations_skipped + skipped,
        )
        return run.advanced(page, counts)


def _calculation_of(portfolio: OwnedPortfolio, run: MaintenanceRun, at: datetime) -> CalculationRun:
    return CalculationRun(
        id=RunId(new_id()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        triggered_by=BY_OPERATOR,
        batch=run.batch,
        started_at=at,
    )
