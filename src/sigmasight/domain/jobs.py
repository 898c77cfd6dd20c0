"""Background jobs: queued within a transaction, performed by a worker."""

from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Protocol, Self, TypeVar
from uuid import UUID

from sigmasight.domain.kernel import Clock, Transaction, atomic

MAX_REASON_LENGTH: Final = 500
INTERRUPTED: Final = "The worker stopped in the middle of every attempt."

JobId = NewType("JobId", int)
MaxAttempts = NewType("MaxAttempts", int)
JobArguments = tuple[UUID, ...]
"""The ids that a job concerns."""

MAX_ATTEMPTS: Final = MaxAttempts(3)


class JobKind(StrEnum):
    CALCULATE = "calculate"
    MAINTENANCE = "fix"


@dataclass(frozen=True, slots=True)
class Job:
    """A job that a worker has claimed."""

    id: JobId
    kind: JobKind
    arguments: JobArguments


class JobQueue(Protocol):
    """The queue, as use cases add to it."""

    @abstractmethod
    async def put(
        self, kind: JobKind, arguments: Sequence[JobArguments], *, low_priority: bool
    ) -> None:
        """Queue a job for each, once this transaction commits; others go before `low_priority`."""


class Jobs(Protocol):
    """The queue, as workers use it. A job without a heartbeat goes to another worker."""

    @abstractmethod
    async def claim(self, limit: int) -> Sequence[Job]:
        """Claim waiting jobs and those without a heartbeat; no other worker gets them."""

    @abstractmethod
    async def heartbeat(self, jobs: Sequence[Job]) -> None:
        """Renew the claim on these jobs."""

    @abstractmethod
    async def requeue(self, job: Job) -> None:
        """Queue a job again."""

    @abstractmethod
    async def finish(self, job: Job) -> None:
        """Remove a job from the queue."""

    @abstractmethod
    async def prune(self) -> None:
        """Delete records of jobs long finished."""


class JobHandler(Protocol):
    """Performs jobs of one kind. However often a job is started, its effects happen once."""

    @abstractmethod
    async def __call__(self, arguments: JobArguments) -> bool:
        """Perform a turn of the job; return whether it needs another one.

        A job that has already ended does nothing. The worker passes what is raised to `failed`.
        """

    @abstractmethod
    def failed(self, arguments: JobArguments, reason: str) -> Awaitable[bool]:
        """Store why an attempt failed; return whether there will be another attempt."""


class JobRun(Protocol):
    """The run that a job performs: its attempts are counted, and its last error is stored."""

    @property
    def tries(self) -> int: ...

    @property
    def error(self) -> str | None: ...

    def failed(self, at: datetime, reason: str) -> Self:
        """Return the run as ended for good."""

    def to_retry(self, at: datetime, reason: str) -> Self:
        """Return the run as it waits for another attempt."""


R = TypeVar("R", bound=JobRun)


class RetriedJobHandler(JobHandler, Protocol[R]):
    """Attempts each job a bounded number of times.

    An attempt is counted before it begins, so that a job whose worker dies each time ends too.
    """

    @property
    def clock(self) -> Clock: ...

    @property
    def transaction(self) -> Transaction: ...

    @property
    def max_attempts(self) -> MaxAttempts: ...

    @abstractmethod
    async def claim(self, arguments: JobArguments) -> R | None:
        """Return the run and lock it, or None if it has ended."""

    @abstractmethod
    async def store(self, run: R) -> None:
        """Store a run that was claimed and has changed."""

    @abstractmethod
    async def begun(self, run: R) -> R:
        """Return the run with one more attempt counted."""

    @atomic
    async def begin(self, arguments: JobArguments) -> R | None:
        """Count an attempt and return the run; None if it has ended, or had its last attempt."""
        run = await self.claim(arguments)
        if run is None:
            return None
        if run.tries >= self.max_attempts:
            await self.store(run.failed(self.clock.now(), run.error or INTERRUPTED))
            return None
        run = await self.begun(run)
        await self.store(run)
        return run

    @atomic
    async def failed(self, arguments: JobArguments, reason: str) -> bool:
        run = await self.claim(arguments)
        if run is None:
            return False
        reason = reason.replace("\0", "")[:MAX_REASON_LENGTH]
        again, now = run.tries < self.max_attempts, self.clock.now()
        await self.store(run.to_retry(now, reason) if again else run.failed(now, reason))
        return again
