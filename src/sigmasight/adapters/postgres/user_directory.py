"""Users as operators look for them, in Postgres."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from advanced_alchemy.filters import LimitOffset
from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.identity import UserRepository, UserRow
from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId

SURROGATES: Final = re.compile("[\ud800-\udfff]")


class PostgresUserDirectory(UserDirectory):
    def __init__(self, session: AsyncSession) -> None:
        self._users = UserRepository(session)

    async def find(self, reference: str) -> User | None:
        return await self._users.find(*_named(reference)) if _is_storable(reference) else None

    async def page(
        self, after: UserId | None, limit: int, *, unlinked: bool = False
    ) -> Sequence[User]:
        wanted = [] if after is None else [UserRow.id > after]
        if unlinked:
            wanted += [
                UserRow.clerk_user_id.is_(None),
                UserRow.deleted_at.is_(None),
                UserRow.is_active.is_(True),
            ]
        return await self._users.find_all(*wanted, LimitOffset(limit, 0))

    async def linked(self, after: ClerkUserId | None, limit: int) -> Sequence[User]:
        return await self._users.find_all(
            UserRow.clerk_user_id > (after or ""),
            UserRow.deleted_at.is_(None),
            LimitOffset(limit, 0),
            order_by=[(UserRow.clerk_user_id, False)],
        )

    async def with_accounts(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        found = await self._users.find_all(UserRow.clerk_user_id.in_(accounts))
        return {user.clerk_user_id: user for user in found if user.clerk_user_id}

    async def hashed_password(self, user: UserId) -> str | None:
        row = await self._users.get_one_or_none(UserRow.id == user)
        return None if row is None else row.hashed_password


def with_address(email: str) -> Sequence[ColumnElement[bool]]:
    """Narrow to the one user, not deleted, with that address."""
    return func.lower(UserRow.email) == func.lower(email), UserRow.deleted_at.is_(None)


def _is_storable(text: str) -> bool:
    """Return whether Postgres can store a text: no NUL, none of a terminal's broken UTF-8."""
    return "\0" not in text and not SURROGATES.search(text)


def _named(reference: str) -> Sequence[ColumnElement[bool]]:
    """Return the conditions for the user with that id, address or Clerk user id."""
    with suppress(ValueError):
        return [UserRow.id == UUID(reference)]
    if "@" in reference:
        return with_address(reference)
    return [UserRow.clerk_user_id == reference]
