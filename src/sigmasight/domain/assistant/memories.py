"""Memories: what a person wants the assistant to know, at most fifty facts."""

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
    """Which portfolio it is about; None is its owner in general."""
    content: str
    tags: Mapping[str, object]
    created_at: datetime

    @property
    def scope(self) -> MemoryScope:
        return MemoryScope.USER if self.portfolio_id is None else MemoryScope.PORTFOLIO


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFilter:
    """Which of somebody's memories; None is whatever."""

    scope: MemoryScope | None = None
    portfolio_id: PortfolioId | None = None


class Memories(Protocol):
    """What everybody wants remembered; a deleted portfolio's are gone with it."""

    @abstractmethod
    async def count(self, user: UserId, which: MemoryFilter) -> int:
        """Return how many of the user's there are."""

    @abstractmethod
    async def list(self, user: UserId, which: MemoryFilter, *, limit: int) -> Sequence[Memory]:
        """Return that many of the user's, the newest first."""

    @abstractmethod
    async def relevant_to(
        self, user: UserId, portfolios: Collection[PortfolioId]
    ) -> Sequence[Memory]:
        """Return those about the user in general and about these portfolios, the newest first."""

    @abstractmethod
    async def add(self, memory: Memory, *, most: int) -> bool:
        """Store a new one unless its owner has that many, however many ask at once; tell which."""

    @abstractmethod
    async def remove(self, user: UserId, memory: MemoryId | None) -> int:
        """Forget one of the user's, or for None all; return how many that were."""


def rank_memories(memories: Sequence[Memory], question: str) -> Sequence[Memory]:
    """Return those a question is about: by the words they share with it, then the newest."""
    asked = set(WORD.findall(question.casefold()))

    def shared(memory: Memory) -> int:
        return len(asked.intersection(WORD.findall(memory.content.casefold())))

    return sorted(memories, key=shared, reverse=True)[:MAX_RELEVANT]


@dataclass(frozen=True, slots=True)
class AddMemory:
    """Keep a fact for the assistant."""

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
                    "portfolio_id", "belongs to the scope “portfolio”, and only to it", "invalid"
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
    """Look at what one wants remembered."""

    memories: Memories
    portfolios: ReadPortfolios

    async def __call__(
        self, which: MemoryFilter, *, by: UserId, limit: int
    ) -> tuple[Sequence[Memory], int]:
        """Return that many, and how many there are in all; raise PortfolioNotFoundError."""
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
    """Have the assistant know a fact no longer, or none at all."""

    memories: Memories

    async def one(self, memory: MemoryId, *, by: UserId) -> None:
        """Raise MemoryNotFoundError."""
        if not await self.memories.remove(by, memory):
            raise MemoryNotFoundError

    async def all(self, *, by: UserId) -> int:
        """Return how many were forgotten."""
        return await self.memories.remove(by, None)
