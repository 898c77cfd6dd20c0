"""Users as operators look for them, in Postgres."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from advanced_alchemy.filters import LimitOffset
from sqlalchemy import Case, ColumnElement, and_, case, func, not_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.identity import UserRepository, UserRow
from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.identity.administration import UserDirectory, UserFilter, UserState
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId

SURROGATES: Final = re.compile("[\ud800-\udfff]")


class PostgresUserDirectory(UserDirectory):
    def __init__(self, session: AsyncSession) -> None:
        self._users = UserRepository(session)

    async def find(self, reference: str) -> User | None:
        if not _is_storable(reference):
            return None
        found = await self._users.find_all(
            _named(reference), LimitOffset(1, 0), order_by=[UserRow.deleted_at.desc().nulls_first()]
        )
        return found[0] if found else None

    async def page(
        self,
        after: UserId | None,
        limit: int,
        *,
        unlinked: bool = False,
        wanted: UserFilter | None = None,
    ) -> Sequence[User]:
        conditions = [] if after is None else [UserRow.id > after]
        if unlinked:
            conditions += [
                UserRow.clerk_user_id.is_(None),
                UserRow.deleted_at.is_(None),
                UserRow.is_active.is_(True),
            ]
        if wanted:
            if wanted.search and not _is_storable(wanted.search):
                return []
            conditions += _conditions(wanted)
        return await self._users.find_all(*conditions, LimitOffset(limit, 0))

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


def _named(reference: str) -> ColumnElement[bool]:
    """Return the condition for the users with that id, address or Clerk user id."""
    with suppress(ValueError):
        return UserRow.id == UUID(reference)
    if "@" in reference:
        return func.lower(UserRow.email) == func.lower(reference)
    return UserRow.clerk_user_id == reference


def _conditions(wanted: UserFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        columns = UserRow.email, UserRow.full_name, UserRow.clerk_user_id
        conditions.append(
            or_(*(each.icontains(wanted.search, autoescape=True) for each in columns))
        )
    if wanted.tier:
        expires_at = UserRow.tier_expires_at
        paid = and_(
            UserRow.tier == Tier.PAID.value, or_(expires_at.is_(None), expires_at > wanted.now)
        )
        conditions.append(paid if wanted.tier is Tier.PAID else not_(paid))
    if wanted.state:
        conditions.append(_state(wanted.now) == wanted.state.value)
    return conditions


def _state(now: datetime) -> Case[str]:
    barred = and_(
        UserRow.bar.is_not(None), or_(UserRow.barred_until.is_(None), UserRow.barred_until > now)
    )
    return case(
        (UserRow.deleted_at.is_not(None), UserState.DELETED.value),
        (UserRow.is_active.is_(False), UserState.INACTIVE.value),
        (barred, UserState.BARRED.value),
        else_=UserState.ACTIVE.value,
    )
