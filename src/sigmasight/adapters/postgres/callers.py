"""The hot path: who is calling, read with asyncpg in one round trip."""

from typing import Any, Final
from uuid import UUID

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.adapters.postgres.identity import USER_COLUMNS, user_of
from sigmasight.domain.identity.api_keys import ApiKey, ApiKeyId, KeyReference, KeyScope
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.sessions import SessionEndedError
from sigmasight.domain.identity.users import Overview, User
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


KEY: Final = """
, key_owner, key_id, key_name, key_scope, key_prefix, key_digest, key_created_at, key_expires_at,
    key_last_used_at
FROM (SELECT user_id AS key_owner, id AS key_id, name AS key_name, scope AS key_scope,
        prefix AS key_prefix, digest AS key_digest, created_at AS key_created_at,
        expires_at AS key_expires_at, last_used_at AS key_last_used_at
    FROM api_keys WHERE user_id = $1 AND digest = $2
) AS key JOIN users ON users.id = key_owner
"""
WITH_KEY: Final = f"SELECT {USER_COLUMNS}{KEY}"
OVERVIEW_WITH_KEY: Final = f"SELECT {USER_COLUMNS}{PORTFOLIOS}{KEY}"


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

    async def with_key(self, key: KeyReference) -> tuple[User, ApiKey] | None:
        row = await fetch_row(self._pool, WITH_KEY, key.user_id, key.digest)
        return None if row is None else (user_of(row), _key_of(row))

    async def overview_with_key(self, key: KeyReference) -> tuple[Overview, ApiKey] | None:
        row = await fetch_row(self._pool, OVERVIEW_WITH_KEY, key.user_id, key.digest)
        if row is None:
            return None
        overview = Overview(user_of(row), row["portfolio_count"], row["default_portfolio"])
        return overview, _key_of(row)

    async def _row(
        self, queries: tuple[str, str], who: ClerkUserId | UserId, session_id: str | None
    ) -> Any:
        query = queries[isinstance(who, UUID)]
        row = await fetch_row(self._pool, query, who, session_id)
        if row["session_ended"]:
            raise SessionEndedError
        return None if row["id"] is None else row


def _key_of(row: Any) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(row["key_id"]),
        user_id=UserId(row["key_owner"]),
        name=row["key_name"],
        scope=KeyScope(row["key_scope"]),
        prefix=row["key_prefix"],
        digest=row["key_digest"],
        created_at=row["key_created_at"],
        expires_at=row["key_expires_at"],
        last_used_at=row["key_last_used_at"],
    )
