"""Maintenance runs: the task an operator requested, and its progress."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType, Protocol
from uuid import UUID

from sigmasight.domain.jobs import JobArguments
from sigmasight.domain.kernel import NotFoundError, UserId
from sigmasight.domain.portfolios.calculations.runs import BatchId
from sigmasight.domain.portfolios.portfolio import PortfolioId

MaintenanceRunId = NewType("MaintenanceRunId", UUID)


class MaintenanceRunNotFoundError(NotFoundError):
    code = "job_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such job.")


class MaintenanceTask(StrEnum):
    """The tasks that can be requested."""

    CLEAR_CALCULATIONS = "clear-calculations"
    SEED_PORTFOLIOS = "seed-portfolios"
    RUN_BATCH = "run-batch"
    FIX_ALL = "fix-all"


class MaintenanceStage(StrEnum):
    """The stages of a task."""

    CLEAR = "clear"
    """Delete snapshots calculated before the request, and end stuck calculations."""
    SEED = "seed"
    """Create the sample portfolio for the requesting operator."""
    RUN = "run"
    """Start a calculation of each portfolio that has none running."""


STAGES: Final[Mapping[MaintenanceTask, Sequence[MaintenanceStage]]] = {
    MaintenanceTask.CLEAR_CALCULATIONS: [MaintenanceStage.CLEAR],
    MaintenanceTask.SEED_PORTFOLIOS: [MaintenanceStage.SEED],
    MaintenanceTask.RUN_BATCH: [MaintenanceStage.RUN],
    MaintenanceTask.FIX_ALL: [MaintenanceStage.CLEAR, MaintenanceStage.SEED, MaintenanceStage.RUN],
}


class MaintenanceStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


UNDER_WAY: Final = frozenset({MaintenanceStatus.PENDING, MaintenanceStatus.RUNNING})


class OwnedPortfolio(NamedTuple):
    """A portfolio with its owner."""

    user_id: UserId
    id: PortfolioId


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceCounts:
    """The counts of a run's effects."""

    snapshots_cleared: int = 0
    calculations_given_up: int = 0
    """Calculations that no worker had any more."""
    portfolios_seeded: int = 0
    calculations_started: int = 0
    calculations_skipped: int = 0
    """Portfolios with a running calculation."""
    seeding_refused: str | None = None
    """Why the sample portfolio exceeds the operator's limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceRun:
    id: MaintenanceRunId
    task: MaintenanceTask
    portfolio: OwnedPortfolio | None = None
    """The only portfolio concerned; None is all."""
    requested_by: UserId
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    """When nothing was left to do except the calculations it started."""
    status: MaintenanceStatus = MaintenanceStatus.PENDING
    portfolios: int = 0
    """The number of portfolios when it began."""
    stages_done: int = 0
    seen: int = 0
    """Portfolios processed in the current stage."""
    after: OwnedPortfolio | None = None
    """The last of these, ordered by owner and id."""
    counts: MaintenanceCounts = field(default_factory=MaintenanceCounts)
    tries: int = 0
    """Attempts since its last progress."""
    error: str | None = None
    """Why it failed, or why it is retried."""

    @property
    def batch(self) -> BatchId:
        """The batch of the calculations it starts."""
        return BatchId(self.id)

    @property
    def job_arguments(self) -> JobArguments:
        """The arguments of its job."""
        return (self.id,)

    @property
    def stage(self) -> MaintenanceStage | None:
        """The current stage."""
        stages = STAGES[self.task]
        return stages[self.stages_done] if self.stages_done < len(stages) else None

    def advanced(
        self, page: Sequence[OwnedPortfolio], counts: MaintenanceCounts
    ) -> "MaintenanceRun":
        """Return the run after these portfolios have been processed, with these effects added."""
        after = page[-1] if page else self.after
        return replace(
            self, seen=self.seen + len(page), after=after, counts=counts, tries=0, error=None
        )

    def with_stage_done(self, counts: MaintenanceCounts) -> "MaintenanceRun":
        """Return the run with its current stage completed."""
        return replace(
            self,
            stages_done=self.stages_done + 1,
            seen=0,
            after=None,
            counts=counts,
            tries=0,
            error=None,
        )

    def to_retry(self, at: datetime, reason: str) -> "MaintenanceRun":  # noqa: ARG002  has no log
        return replace(self, error=reason)

    def failed(self, at: datetime, reason: str) -> "MaintenanceRun":
        return self.ended(MaintenanceStatus.FAILED, at, reason)

    def ended(
        self, status: MaintenanceStatus, at: datetime, error: str | None = None
    ) -> "MaintenanceRun":
        return replace(self, status=status, completed_at=at, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """The progress of the calculations that a run has started."""

    running: int = 0
    completed: int = 0
    failed: int = 0
    last_finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """A run as operators see it: it ends when its calculations do."""

    run: MaintenanceRun
    batch: BatchProgress
    requested_by: str
    """The operator's address."""

    @property
    def status(self) -> MaintenanceStatus:
        waits = self.run.status is MaintenanceStatus.COMPLETED and self.batch.running
        return MaintenanceStatus.RUNNING if waits else self.run.status

    @property
    def completed_at(self) -> datetime | None:
        at, last = self.run.completed_at, self.batch.last_finished_at
        if at is None or self.status is MaintenanceStatus.RUNNING:
            return None
        return at if self.status is MaintenanceStatus.FAILED else max(at, last or at)

    @property
    def total(self) -> int:
        """Return the number of steps: one a portfolio and stage, and one for seeding."""
        return sum(map(self._steps, STAGES[self.run.task]))

    @property
    def current(self) -> int:
        """Return the number of completed steps."""
        if self.status is MaintenanceStatus.COMPLETED:
            return self.total
        return sum(map(self._done, STAGES[self.run.task]))

    def _steps(self, stage: MaintenanceStage) -> int:
        return 1 if stage is MaintenanceStage.SEED else self.run.portfolios

    def _done(self, stage: MaintenanceStage) -> int:
        """Return the completed steps of a stage; portfolios created meanwhile do not count."""
        run, counts = self.run, self.run.counts
        if stage is MaintenanceStage.RUN:
            requested = counts.calculations_started + counts.calculations_skipped
            return min(requested - self.batch.running, run.portfolios)
        if stage in STAGES[run.task][: run.stages_done]:
            return self._steps(stage)
        return min(run.seen, run.portfolios) if stage is run.stage else 0


class MaintenanceRuns(Protocol):
    """All maintenance runs."""

    @abstractmethod
    async def add(self, run: MaintenanceRun) -> None:
        raise NotImplementedError

    @abstractmethod
    async def claim(self, run: MaintenanceRunId) -> MaintenanceRun | None:
        """Return the run if it is unfinished, locked until the transaction ends."""

    @abstractmethod
    async def put(self, run: MaintenanceRun) -> None:
        """Store a run that was claimed and has changed."""

    @abstractmethod
    async def find(self, run: MaintenanceRunId) -> MaintenanceReport | None:
        raise NotImplementedError

    @abstractmethod
    async def latest(self, limit: int) -> Sequence[MaintenanceReport]:
        """Return the latest runs, newest first."""


class AllPortfolios(Protocol):
    """All users' portfolios, without deleted ones."""

    @abstractmethod
    async def count(self) -> int:
        raise NotImplementedError

    @abstractmethod
    async def find(self, portfolio: PortfolioId) -> OwnedPortfolio | None:
        raise NotImplementedError

    @abstractmethod
    async def page(self, after: OwnedPortfolio | None, limit: int) -> Sequence[OwnedPortfolio]:
        """Return those after one, ordered by owner and id."""
