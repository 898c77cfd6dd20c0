"""Users as operators look at them, in Postgres."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.identity import UserRow, user_of
from sigmasight.domain.identity.operating import People
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId

SURROGATES: Final = re.compile("[\ud800-\udfff]")


class PostgresPeople(People):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, reference: str) -> User | None:
        if not _is_storable(reference):
            return None
        found = await self._users(select(UserRow).where(_named(reference)).limit(1))
        return found[0] if found else None

    async def page(
        self, after: UserId | None, limit: int, *, unlinked: bool = False
    ) -> Sequence[User]:
        query = select(UserRow).order_by(UserRow.id).limit(limit)
        if after is not None:
            query = query.where(UserRow.id > after)
        if unlinked:
            query = query.where(
                UserRow.clerk_user_id.is_(None),
                UserRow.deleted_at.is_(None),
                UserRow.is_active.is_(True),
            )
        return await self._users(query)

    async def linked(self, after: ClerkUserId | None, limit: int) -> Sequence[User]:
        query = select(UserRow).order_by(UserRow.clerk_user_id).limit(limit)
        return await self._users(
            query.where(UserRow.clerk_user_id > (after or ""), UserRow.deleted_at.is_(None))
        )

    async def with_accounts(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        found = await self._users(select(UserRow).where(UserRow.clerk_user_id.in_(accounts)))
        return {user.clerk_user_id: user for user in found if user.clerk_user_id}

    async def hashed_password(self, user: UserId) -> str | None:
        return await self._session.scalar(select(UserRow.hashed_password).where(UserRow.id == user))

    async def _users(self, query: Select[UserRow]) -> Sequence[User]:
        rows = await self._session.scalars(query.execution_options(populate_existing=True))
        return [user_of(row) for row in rows]


def _is_storable(text: str) -> bool:
    """Tell what a row may hold: Postgres takes neither NUL nor a terminal's broken UTF-8."""
    return "\0" not in text and not SURROGATES.search(text)


def _named(reference: str) -> ColumnElement[bool]:
    try:
        return UserRow.id == UUID(reference)
    except ValueError:
        pass
    if "@" in reference:
        return (func.lower(UserRow.email) == func.lower(reference)) & UserRow.deleted_at.is_(None)
    return UserRow.clerk_user_id == reference
