"""The hot path: who is calling, read with asyncpg in one round trip."""

from typing import Any, Final
from uuid import UUID

import asyncpg

from sigmasight.adapters.postgres.engine import pool_connection, translate_outages
from sigmasight.adapters.postgres.identity import USER, user_of
from sigmasight.domain.identity.users import Callers, Overview, User
from sigmasight.domain.kernel import ClerkUserId, UserId

OVERVIEW: Final = """
SELECT id, clerk_user_id, email, full_name, is_active, created_at, deleted_at, invite_validated,
       tier, tier_expires_at, ai_messages_used, ai_messages_reset_at, ai_messages_granted,
       bar, barred_until,
       (SELECT count(*) FROM portfolios
        WHERE user_id = users.id AND deleted_at IS NULL) AS portfolio_count,
       (SELECT portfolios.id FROM portfolios
        WHERE user_id = users.id AND deleted_at IS NULL AND portfolios.is_active
        ORDER BY portfolios.created_at, portfolios.id LIMIT 1) AS default_portfolio
FROM users"""

BY_ACCOUNT: Final = " WHERE clerk_user_id = $1"
BY_ID: Final = " WHERE id = $1"
FIND: Final = USER + BY_ACCOUNT, USER + BY_ID
FIND_OVERVIEW: Final = OVERVIEW + BY_ACCOUNT, OVERVIEW + BY_ID


class PostgresCallers(Callers):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, who: ClerkUserId | UserId) -> User | None:
        row = await self._row(FIND, who)
        return None if row is None else user_of(row)

    async def overview(self, who: ClerkUserId | UserId) -> Overview | None:
        row = await self._row(FIND_OVERVIEW, who)
        if row is None:
            return None
        return Overview(user_of(row), row["portfolio_count"], row["default_portfolio"])

    async def _row(self, queries: tuple[str, str], who: ClerkUserId | UserId) -> Any:
        query = queries[isinstance(who, UUID)]
        with translate_outages():
            async with pool_connection(self._pool) as connection:
                return await connection.fetchrow(query, who)
