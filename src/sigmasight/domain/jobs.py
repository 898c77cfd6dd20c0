"""Work that is put off: queued within a transaction, and done by a worker."""

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
"""The ids of what a job is about."""

MAX_ATTEMPTS: Final = MaxAttempts(3)


class JobKind(StrEnum):
    CALCULATE = "calculate"
    MAINTENANCE = "fix"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do that a worker has taken up."""

    id: JobId
    kind: JobKind
    arguments: JobArguments


class JobQueue(Protocol):
    """Where work waits for a worker."""

    @abstractmethod
    async def put(self, kind: JobKind, subjects: Sequence[JobArguments], *, behind: bool) -> None:
        """Have each done as soon as this transaction is kept; `behind` what others wait for."""
        raise NotImplementedError


class Jobs(Protocol):
    """The queue's other end. What a worker takes and does not hold is another's after a while."""

    @abstractmethod
    async def claim(self, limit: int) -> Sequence[Job]:
        """Return jobs that wait, or that their worker let go of; nobody else gets them now."""
        raise NotImplementedError

    @abstractmethod
    async def heartbeat(self, jobs: Sequence[Job]) -> None:
        """Keep others from taking them for another while."""
        raise NotImplementedError

    @abstractmethod
    async def requeue(self, job: Job) -> None:
        """Have it taken again in its turn."""
        raise NotImplementedError

    @abstractmethod
    async def finish(self, job: Job) -> None:
        """Take it off the queue."""
        raise NotImplementedError

    @abstractmethod
    async def prune(self) -> None:
        """Forget what is long done."""
        raise NotImplementedError


class JobHandler(Protocol):
    """Performs the jobs of one kind. However often a job is started, its effects happen once."""

    @abstractmethod
    async def __call__(self, arguments: JobArguments) -> bool:
        """Perform a turn of the job; return whether it needs another one.

        A job that has already ended does nothing. The worker passes what is raised to `failed`.
        """
        raise NotImplementedError

    @abstractmethod
    def failed(self, arguments: JobArguments, reason: str) -> Awaitable[bool]:
        """Store why an attempt failed; return whether there will be another attempt."""
        raise NotImplementedError


class JobRun(Protocol):
    """What a job is about: its attempts are counted, and its last error is stored."""

    @property
    def tries(self) -> int: ...

    @property
    def error(self) -> str | None: ...

    def failed(self, at: datetime, reason: str) -> Self:
        """Return the run as ended for good."""

    def to_retry(self, reason: str) -> Self:
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
        raise NotImplementedError

    @abstractmethod
    async def store(self, run: R) -> None:
        """Store a run that was claimed and has changed."""
        raise NotImplementedError

    @abstractmethod
    async def begun(self, run: R) -> R:
        """Return the run with one more attempt counted."""
        raise NotImplementedError

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
        again = run.tries < self.max_attempts
        await self.store(run.to_retry(reason) if again else run.failed(self.clock.now(), reason))
        return again
