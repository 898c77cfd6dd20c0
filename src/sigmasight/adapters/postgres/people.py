"""Users as operators look at them, in Postgres."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.engine import driver_of
from sigmasight.adapters.postgres.identity import USER, user_of
from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId

PAGE: Final = f"{USER} WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2"
PAGE_UNLINKED: Final = f"""{USER} WHERE ($1::uuid IS NULL OR id > $1)
    AND clerk_user_id IS NULL AND deleted_at IS NULL AND is_active ORDER BY id LIMIT $2"""
LINKED: Final = f"""{USER} WHERE clerk_user_id > $1 AND deleted_at IS NULL
    ORDER BY clerk_user_id LIMIT $2"""
SURROGATES: Final = re.compile("[\ud800-\udfff]")


class PostgresUserDirectory(UserDirectory):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, reference: str) -> User | None:
        if not _is_storable(reference):
            return None
        found = await self._users(f"{USER} WHERE {_named(reference)}", reference)
        return found[0] if found else None

    async def page(
        self, after: UserId | None, limit: int, *, unlinked: bool = False
    ) -> Sequence[User]:
        query = PAGE_UNLINKED if unlinked else PAGE
        return await self._users(query, after, limit)

    async def linked(self, after: ClerkUserId | None, limit: int) -> Sequence[User]:
        return await self._users(LINKED, after or "", limit)

    async def with_accounts(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        found = await self._users(f"{USER} WHERE clerk_user_id = ANY($1)", list(accounts))
        return {user.clerk_user_id: user for user in found if user.clerk_user_id}

    async def hashed_password(self, user: UserId) -> str | None:
        driver = await driver_of(self._session)
        hashed: str | None = await driver.fetchval(
            "SELECT hashed_password FROM users WHERE id = $1", user
        )
        return hashed

    async def _users(self, query: str, *arguments: object) -> Sequence[User]:
        rows = await (await driver_of(self._session)).fetch(query, *arguments)
        return [user_of(row) for row in rows]


def _is_storable(text: str) -> bool:
    """Tell what a row may hold: Postgres takes neither NUL nor a terminal's broken UTF-8."""
    return "\0" not in text and not SURROGATES.search(text)


def _named(reference: str) -> str:
    """Return the condition that a reference names somebody by."""
    with suppress(ValueError):
        UUID(reference)
        return "id = $1::text::uuid"
    if "@" in reference:
        return "lower(email) = lower($1) AND deleted_at IS NULL"
    return "clerk_user_id = $1"
