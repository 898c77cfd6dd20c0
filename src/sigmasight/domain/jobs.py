"""Work that is put off: queued within a transaction, and done by a worker."""

from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, Protocol
from uuid import UUID

MAX_REASON_LENGTH: Final = 500

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
    """What does the jobs of a kind. However often one is begun, its effects happen once."""

    @abstractmethod
    async def __call__(self, subject: JobArguments) -> bool:
        """Do it, and return whether there is more of it for another turn; nothing if it has ended.

        Raise what goes wrong, to be told to `failed`.
        """
        raise NotImplementedError

    @abstractmethod
    def failed(self, subject: JobArguments, reason: str) -> Awaitable[bool]:
        """Note why a try failed, and return whether there is another to come."""
        raise NotImplementedError


def truncated(reason: str) -> str:
    """Return a reason as it is kept."""
    return reason.replace("\0", "")[:MAX_REASON_LENGTH]
