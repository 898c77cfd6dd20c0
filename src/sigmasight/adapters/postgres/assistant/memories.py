"""Memories in Postgres."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import asyncpg
import msgspec

from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows, transaction_of
from sigmasight.adapters.postgres.usage.settling import LOCK
from sigmasight.domain.assistant.memories import (
    Memories,
    Memory,
    MemoryFilter,
    MemoryId,
    MemoryScope,
)
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId

KNOWN: Final = """
FROM memories LEFT JOIN portfolios
    ON portfolios.user_id = memories.user_id AND portfolios.id = memories.portfolio_id
WHERE memories.user_id = $1 AND portfolios.deleted_at IS NULL
"""
WHICH: Final = """
AND ($2::boolean IS NULL OR (portfolio_id IS NOT NULL) = $2)
AND ($3::uuid IS NULL OR portfolio_id = $3)
"""
COUNT: Final = f"SELECT count(*) AS count {KNOWN} {WHICH}"
LIST: Final = f"""
SELECT memories.* {KNOWN} {WHICH} ORDER BY memories.created_at DESC, memories.id LIMIT $4
"""
OF: Final = f"""
SELECT memories.* {KNOWN} AND (portfolio_id IS NULL OR portfolio_id = ANY($2))
ORDER BY memories.created_at DESC, memories.id
"""
ADD: Final = f"""
INSERT INTO memories (user_id, id, portfolio_id, content, tags, created_at)
SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) {KNOWN}) < $7
RETURNING id
"""
REMOVE: Final = """
WITH removed AS (
    DELETE FROM memories WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) RETURNING id
)
SELECT count(*) AS count FROM removed
"""


class PostgresMemories(Memories):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def count(self, user: UserId, which: MemoryFilter) -> int:
        row = await fetch_row(self._pool, COUNT, user, *_which(which))
        return int(row["count"])

    async def list(self, user: UserId, which: MemoryFilter, *, limit: int) -> Sequence[Memory]:
        rows = await fetch_rows(self._pool, LIST, user, *_which(which), limit)
        return [_memory(row) for row in rows]

    async def relevant_to(
        self, user: UserId, portfolios: Collection[PortfolioId]
    ) -> Sequence[Memory]:
        rows = await fetch_rows(self._pool, OF, user, list(portfolios))
        return [_memory(row) for row in rows]

    async def add(self, memory: Memory, *, most: int) -> bool:
        async with transaction_of(self._pool) as connection:
            await connection.fetchrow(LOCK, memory.user_id)
            row = await connection.fetchrow(
                ADD,
                memory.user_id,
                memory.id,
                memory.portfolio_id,
                memory.content,
                msgspec.json.encode(memory.tags).decode(),
                memory.created_at,
                most,
            )
        return row is not None

    async def remove(self, user: UserId, memory: MemoryId | None) -> int:
        row = await fetch_row(self._pool, REMOVE, user, memory)
        return int(row["count"])


def _which(which: MemoryFilter) -> tuple[bool | None, PortfolioId | None]:
    """Return a filter as WHICH has it: of portfolios or in general, and of which portfolio."""
    scope = None if which.scope is None else which.scope is MemoryScope.PORTFOLIO
    return scope, which.portfolio_id


def _memory(row: Any) -> Memory:
    return Memory(
        id=MemoryId(row["id"]),
        user_id=UserId(row["user_id"]),
        portfolio_id=row["portfolio_id"] and PortfolioId(row["portfolio_id"]),
        content=row["content"],
        tags=msgspec.json.decode(row["tags"]),
        created_at=row["created_at"],
    )
