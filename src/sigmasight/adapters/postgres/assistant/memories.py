"""Memories in Postgres."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final
from uuid import UUID

import asyncpg
import msgspec
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import ColumnElement, ForeignKey, Index, String, func, insert, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import (
    INSTANT,
    in_existing_portfolio,
    portfolio_foreign_key,
)
from sigmasight.adapters.postgres.engine import PostgresTransaction, fetch_rows
from sigmasight.adapters.postgres.identity import lock_owner
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.assistant.memories import (
    Memories,
    Memory,
    MemoryFilter,
    MemoryId,
    MemoryScope,
)
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId

RELEVANT: Final = """
SELECT memories.* FROM memories LEFT JOIN portfolios
    ON portfolios.user_id = memories.user_id AND portfolios.id = memories.portfolio_id
WHERE memories.user_id = $1 AND portfolios.deleted_at IS NULL
    AND (portfolio_id IS NULL OR portfolio_id = ANY($2))
ORDER BY memories.created_at DESC, memories.id
"""


class MemoryRow(DefaultBase):
    __tablename__ = "memories"
    __table_args__ = (
        portfolio_foreign_key(),
        Index("ix_memories_created_at", "user_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID | None] = mapped_column()
    content: Mapped[str] = mapped_column(String(500))
    tags: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(INSTANT)


class MemoryRepository(EntityRepository[MemoryRow, Memory]):
    model_type = MemoryRow
    entity_type = Memory
    ordering: ClassVar[Ordering] = [(MemoryRow.created_at, True), (MemoryRow.id, False)]

    async def add_within(self, memory: Memory, most: int) -> bool:
        """Add a memory if its owner, who is locked, has fewer than that many."""
        await lock_owner(self.session, memory.user_id)
        count = select(func.count()).select_from(MemoryRow).where(*_owned_by(memory.user_id))
        columns = MemoryRow.__table__.columns
        values = self.values(memory)
        row = select(*(literal(values[each.key], each.type) for each in columns)).where(
            count.scalar_subquery() < most
        )
        added = await self.session.scalar(
            insert(MemoryRow).from_select(columns.keys(), row).returning(MemoryRow.id)
        )
        return added is not None


class PostgresMemories(Memories):
    """Every message reads the memories relevant to it, which is the hot path."""

    def __init__(self, pool: asyncpg.Pool, engine: AsyncEngine) -> None:
        self._pool = pool
        self._engine = engine

    async def count(self, user: UserId, which: MemoryFilter) -> int:
        async with MemoryRepository.opened(self._engine) as memories:
            return await memories.count(*_matching(user, which))

    async def list(self, user: UserId, which: MemoryFilter, *, limit: int) -> Sequence[Memory]:
        async with MemoryRepository.opened(self._engine) as memories:
            return await memories.find_all(*_matching(user, which), LimitOffset(limit, 0))

    async def relevant_to(
        self, user: UserId, portfolios: Collection[PortfolioId]
    ) -> Sequence[Memory]:
        records = await fetch_rows(self._pool, RELEVANT, user, list(portfolios))
        return [
            MemoryRepository.from_record({**record, "tags": msgspec.json.decode(record["tags"])})
            for record in records
        ]

    async def add(self, memory: Memory, *, most: int) -> bool:
        async with MemoryRepository.opened(self._engine) as memories:
            return await PostgresTransaction(memories.session).run(
                partial(memories.add_within, memory, most)
            )

    async def remove(self, user: UserId, memory: MemoryId | None) -> int:
        one = () if memory is None else (MemoryRow.id == memory,)
        async with MemoryRepository.opened(self._engine) as memories:
            return await memories.remove(MemoryRow.user_id == user, *one)


def _owned_by(user: UserId) -> tuple[ColumnElement[bool], ...]:
    in_general = MemoryRow.portfolio_id.is_(None)
    return MemoryRow.user_id == user, or_(in_general, in_existing_portfolio(MemoryRow))


def _matching(user: UserId, which: MemoryFilter) -> tuple[ColumnElement[bool], ...]:
    wanted = list(_owned_by(user))
    if which.scope is not None:
        in_general = which.scope is MemoryScope.USER
        wanted.append(MemoryRow.portfolio_id.is_(None) == in_general)
    if which.portfolio_id is not None:
        wanted.append(MemoryRow.portfolio_id == which.portfolio_id)
    return tuple(wanted)
