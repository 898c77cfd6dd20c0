"""Calculation runs: at most one at a time for a portfolio."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.jobs import JobArguments, JobKind, JobQueue
from sigmasight.domain.kernel import (
    Clock,
    ConflictError,
    NotFoundError,
    Transaction,
    UserId,
    atomic,
    new_id,
)
from sigmasight.domain.portfolios.calculations.progress import (
    MAX_LOG_ENTRIES,
    LogEntry,
    LogLevel,
    Phase,
    PhaseProgress,
    phases_of,
)
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios

STEPS: Final = 3
"""Claimed; positions and prices read; snapshot stored."""

BY_OPERATOR: Final = "operator"

BatchId = NewType("BatchId", UUID)


class CalculationRunningError(ConflictError):
    code = "calculation_running"

    def __init__(self) -> None:
        super().__init__("A calculation of this portfolio is already running.")


class CalculationNotFoundError(NotFoundError):
    code = "calculation_not_found"

    def __init__(self) -> None:
        super().__init__("No such calculation of this portfolio.")


class RunStatus(StrEnum):
    RUNNING = "running"
    """From the request on."""
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationRun:
    id: RunId
    user_id: UserId
    portfolio_id: PortfolioId
    status: RunStatus = RunStatus.RUNNING
    triggered_by: str
    batch: BatchId | None = None
    """The batch it was started in."""
    started_at: datetime
    finished_at: datetime | None = None
    steps: int = 0
    """How many of the `STEPS` are done."""
    tries: int = 0
    error: str | None = None
    """Why it failed, or why it is retried."""
    log: tuple[LogEntry, ...] = ()
    """The last entries, oldest first."""

    @property
    def job_arguments(self) -> JobArguments:
        """The arguments of its job."""
        return self.user_id, self.id

    def elapsed(self, at: datetime) -> timedelta:
        return max((self.finished_at or at) - self.started_at, timedelta())

    @property
    def phases(self) -> Sequence[PhaseProgress]:
        """The phases of its last attempt."""
        has_failed = self.status is RunStatus.FAILED
        return phases_of(self.log, attempt=self.tries, failed=has_failed)

    def logged(
        self,
        at: datetime,
        message: str,
        *,
        level: LogLevel = LogLevel.INFO,
        phase: Phase | None = None,
        count: int = 0,
    ) -> "CalculationRun":
        """Return the run with one more entry in its log."""
        entry = LogEntry(
            at=at, message=message, level=level, attempt=self.tries, phase=phase, count=count
        )
        return replace(self, log=(*self.log, entry)[-MAX_LOG_ENTRIES:])

    def to_retry(self, at: datetime, reason: str) -> "CalculationRun":
        message = f"Attempt {self.tries} failed, and there will be another: {reason}"
        return replace(self.logged(at, message, level=LogLevel.WARNING), error=reason)

    def failed(self, at: datetime, reason: str) -> "CalculationRun":
        message = f"The calculation failed: {reason}"
        return self.logged(at, message, level=LogLevel.ERROR).ended(RunStatus.FAILED, at, reason)

    def ended(self, status: RunStatus, at: datetime, error: str | None = None) -> "CalculationRun":
        return replace(self, status=status, finished_at=at, error=error)


class CalculationRuns(Protocol):
    """All users' calculation runs; each is found only through its owner."""

    @abstractmethod
    async def start(self, runs: Sequence[CalculationRun]) -> Sequence[CalculationRun]:
        """Store new runs; return them without those whose portfolio has one running."""

    @abstractmethod
    async def find(self, user: UserId, run: RunId) -> CalculationRun | None:
        """Return the user's run of that id."""

    @abstractmethod
    async def latest(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        """Return the portfolio's run that was started last."""

    @abstractmethod
    async def claim(self, user: UserId, run: RunId) -> CalculationRun | None:
        """Return the run if it is still running, locked until the transaction ends."""

    @abstractmethod
    async def claim_running(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        """Return the portfolio's run that is still running, claimed as `claim` does."""

    @abstractmethod
    async def fail_orphaned(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, at: datetime, reason: str
    ) -> int:
        """End as failed the running ones of these portfolios that have no job any more.

        A run and its job begin together, and a job leaves the queue behind its run's end; so
        nothing else would ever end them. Return how many there were.
        """

    @abstractmethod
    async def put(self, run: CalculationRun) -> None:
        """Store a run that was claimed and has changed."""


@dataclass(frozen=True, slots=True)
class StartCalculation:
    """Start a calculation of the caller's portfolio."""

    portfolios: Portfolios
    runs: CalculationRuns
    queue: JobQueue
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, portfolio: PortfolioId, *, by: UserId, triggered_by: str = "user"
    ) -> CalculationRun:
        """Raise PortfolioNotFoundError or CalculationRunningError.

        A run waiting in an operator's batch is moved up, and becomes the caller's.
        """
        return await self.start(portfolio, by=by, triggered_by=triggered_by)

    async def start(
        self, portfolio: PortfolioId, *, by: UserId, triggered_by: str
    ) -> CalculationRun:
        """Do the same within the caller's transaction."""
        await self.portfolios.get(by, portfolio)
        run = CalculationRun(
            id=RunId(new_id()),
            user_id=by,
            portfolio_id=portfolio,
            triggered_by=triggered_by,
            started_at=self.clock.now(),
        )
        run = run.logged(run.started_at, "The calculation is queued.")
        if not await self.runs.start([run]):
            run = await self._taken_over(run)
        await self.queue.put(JobKind.CALCULATE, [run.job_arguments], low_priority=False)
        return run

    async def _taken_over(self, run: CalculationRun) -> CalculationRun:
        """Return a run waiting in a batch as the user's own; its two jobs perform it once."""
        waits = await self.runs.claim_running(run.user_id, run.portfolio_id)
        if waits is None or waits.tries or waits.triggered_by != BY_OPERATOR:
            raise CalculationRunningError
        taken = replace(waits, triggered_by=run.triggered_by, started_at=run.started_at)
        await self.runs.put(taken)
        return taken


@dataclass(frozen=True, slots=True)
class ReadCalculation:
    """Read the progress of the caller's calculations."""

    portfolios: Portfolios
    runs: CalculationRuns
    transaction: Transaction

    @atomic
    async def __call__(self, portfolio: PortfolioId, run: RunId, *, by: UserId) -> CalculationRun:
        """Raise PortfolioNotFoundError or CalculationNotFoundError."""
        await self.portfolios.get(by, portfolio)
        found = await self.runs.find(by, run)
        if found is None or found.portfolio_id != portfolio:
            raise CalculationNotFoundError
        return found

    @atomic
    async def latest(
        self, portfolio: PortfolioId, *, by: UserId
    ) -> tuple[Portfolio, CalculationRun | None]:
        """Return the portfolio and its last run, if any; raise PortfolioNotFoundError."""
        return await self.portfolios.get(by, portfolio), await self.runs.latest(by, portfolio)
