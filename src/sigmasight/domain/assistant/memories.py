"""Memories: facts that a user wants the assistant to know, at most fifty."""

import re
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.kernel import (
    Clock,
    ConflictError,
    FieldError,
    NotFoundError,
    UserId,
    ValidationFailedError,
    new_id,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, ReadPortfolios

MemoryId = NewType("MemoryId", UUID)

MAX_MEMORIES: Final = 50
MAX_RELEVANT: Final = 15
WORD: Final = re.compile(r"\w{3,}")


class MemoryNotFoundError(NotFoundError):
    code = "memory_not_found"

    def __init__(self) -> None:
        super().__init__("No such memory.")


class MemoryLimitReachedError(ConflictError):
    code = "memory_limit_reached"

    def __init__(self) -> None:
        super().__init__(f"There is room for {MAX_MEMORIES} memories. Delete one to add another.")


class MemoryScope(StrEnum):
    USER = "user"
    PORTFOLIO = "portfolio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    id: MemoryId
    user_id: UserId
    portfolio_id: PortfolioId | None
    """The portfolio it is about; None means its owner in general."""
    content: str
    tags: Mapping[str, object]
    created_at: datetime

    @property
    def scope(self) -> MemoryScope:
        return MemoryScope.USER if self.portfolio_id is None else MemoryScope.PORTFOLIO


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFilter:
    """A filter of a user's memories; None is any."""

    scope: MemoryScope | None = None
    portfolio_id: PortfolioId | None = None


class Memories(Protocol):
    """All users' memories, without those of deleted portfolios."""

    @abstractmethod
    async def count(self, user: UserId, which: MemoryFilter) -> int:
        """Return the number of the user's memories."""

    @abstractmethod
    async def list(self, user: UserId, which: MemoryFilter, *, limit: int) -> Sequence[Memory]:
        """Return up to `limit` of the user's memories, newest first."""

    @abstractmethod
    async def relevant_to(
        self, user: UserId, portfolios: Collection[PortfolioId]
    ) -> Sequence[Memory]:
        """Return the user's general memories and those of these portfolios, newest first."""

    @abstractmethod
    async def add(self, memory: Memory, *, most: int) -> bool:
        """Store a memory unless its owner has `most`, exact under concurrency; return if stored."""

    @abstractmethod
    async def remove(self, user: UserId, memory: MemoryId | None) -> int:
        """Delete one of the user's memories, or all for None; return how many were deleted."""


def rank_memories(memories: Sequence[Memory], question: str) -> Sequence[Memory]:
    """Return the most relevant memories: by the words shared with the question, then by age."""
    words = set(WORD.findall(question.casefold()))

    def shared(memory: Memory) -> int:
        return len(words.intersection(WORD.findall(memory.content.casefold())))

    return sorted(memories, key=shared, reverse=True)[:MAX_RELEVANT]


@dataclass(frozen=True, slots=True)
class AddMemory:
    """Add a memory."""

    memories: Memories
    portfolios: ReadPortfolios
    clock: Clock

    async def __call__(
        self,
        content: str,
        *,
        by: UserId,
        scope: MemoryScope,
        portfolio: PortfolioId | None,
        tags: Mapping[str, object],
    ) -> Memory:
        """Raise MemoryLimitReachedError, PortfolioNotFoundError or ValidationFailedError."""
        if (scope is MemoryScope.PORTFOLIO) != (portfolio is not None):
            raise ValidationFailedError(
                FieldError(
                    "portfolio_id",
                    "belongs to the scope “portfolio”, and only to it",
                    "does_not_fit",
                )
            )
        if portfolio is not None:
            await self.portfolios.one(portfolio, by=by)
        memory = Memory(
            id=MemoryId(new_id()),
            user_id=by,
            portfolio_id=portfolio,
            content=content,
            tags=tags,
            created_at=self.clock.now(),
        )
        if not await self.memories.add(memory, most=MAX_MEMORIES):
            raise MemoryLimitReachedError
        return memory


@dataclass(frozen=True, slots=True)
class ReadMemories:
    """Read the caller's memories."""

    memories: Memories
    portfolios: ReadPortfolios

    async def __call__(
        self, which: MemoryFilter, *, by: UserId, limit: int
    ) -> tuple[Sequence[Memory], int]:
        """Return up to `limit` memories and the number of all; raise PortfolioNotFoundError."""
        if which.portfolio_id is not None:
            await self.portfolios.one(which.portfolio_id, by=by)
        return (
            await self.memories.list(by, which, limit=limit),
            await self.memories.count(by, which),
        )

    async def count(self, *, by: UserId) -> int:
        return await self.memories.count(by, MemoryFilter())


@dataclass(frozen=True, slots=True)
class DeleteMemory:
    """Delete one of the caller's memories, or all."""

    memories: Memories

    async def one(self, memory: MemoryId, *, by: UserId) -> None:
        """Raise MemoryNotFoundError."""
        if not await self.memories.remove(by, memory):
            raise MemoryNotFoundError

    async def all(self, *, by: UserId) -> int:
        """Return how many were deleted."""
        return await self.memories.remove(by, None)
