"""The hot path: who is calling, read with asyncpg in one round trip."""

from typing import Any, Final
from uuid import UUID

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.adapters.postgres.identity import USER_COLUMNS, user_of
from sigmasight.domain.identity.sessions import SessionEndedError
from sigmasight.domain.identity.users import Callers, Overview, User
from sigmasight.domain.kernel import ClerkUserId, UserId

SELECT: Final = f"SELECT session_ended, {USER_COLUMNS}"
PORTFOLIOS: Final = """
, (SELECT count(*) FROM portfolios
   WHERE user_id = users.id AND deleted_at IS NULL) AS portfolio_count
, (SELECT portfolios.id FROM portfolios
   WHERE user_id = users.id AND deleted_at IS NULL AND portfolios.is_active
   ORDER BY portfolios.created_at, portfolios.id LIMIT 1) AS default_portfolio
"""
FROM: Final = """
FROM (SELECT EXISTS (
    SELECT 1 FROM ended_sessions WHERE session_id = $2
) AS session_ended) AS session LEFT JOIN users ON """
BY_ACCOUNT: Final = "clerk_user_id = $1"
BY_ID: Final = "id = $1"
FIND: Final = SELECT + FROM + BY_ACCOUNT, SELECT + FROM + BY_ID
FIND_OVERVIEW: Final = (
    SELECT + PORTFOLIOS + FROM + BY_ACCOUNT,
    SELECT + PORTFOLIOS + FROM + BY_ID,
)


class PostgresCallers(Callers):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, who: ClerkUserId | UserId, session_id: str | None = None) -> User | None:
        row = await self._row(FIND, who, session_id)
        return None if row is None else user_of(row)

    async def overview(
        self, who: ClerkUserId | UserId, session_id: str | None = None
    ) -> Overview | None:
        row = await self._row(FIND_OVERVIEW, who, session_id)
        if row is None:
            return None
        return Overview(user_of(row), row["portfolio_count"], row["default_portfolio"])

    async def _row(
        self, queries: tuple[str, str], who: ClerkUserId | UserId, session_id: str | None
    ) -> Any:
        query = queries[isinstance(who, UUID)]
        row = await fetch_row(self._pool, query, who, session_id)
        if row["session_ended"]:
            raise SessionEndedError
        return None if row["id"] is None else row
