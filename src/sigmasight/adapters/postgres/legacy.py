"""Passwords' users and login attempts in Postgres."""

from datetime import datetime
from typing import Final

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Index, String, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.identity import PostgresUsers, UserRow
from sigmasight.domain.identity.password_login import (
    LoginAttempts,
    PasswordAccount,
    PasswordAccounts,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId

FORGOTTEN_AT_ONCE: Final = 100
INSTANT: Final = TIMESTAMP(timezone=True)

# A statement that refuses has locked the row all the same, and reads it as it is by then.
TAKE: Final = text("""
INSERT INTO login_attempts AS known (key, at, last_at)
VALUES (lower(:email), ARRAY[:at], :at)
ON CONFLICT (key) DO UPDATE
SET at = ARRAY(SELECT each FROM unnest(known.at) AS each WHERE each > :since) || excluded.at,
    last_at = greatest(known.last_at, excluded.last_at)
WHERE (SELECT count(*) FROM unnest(known.at) AS each WHERE each > :since) < :most
RETURNING true
""").bindparams(
    bindparam("email", type_=String),
    bindparam("at", type_=INSTANT),
    bindparam("since", type_=INSTANT),
)
FIRST: Final = text("""
SELECT min(each) FROM login_attempts, unnest(at) AS each
WHERE key = lower(:email) AND each > :since
""").bindparams(bindparam("email", type_=String), bindparam("since", type_=INSTANT))

# Rows somebody is writing to are not waited for: they are not old any more.
FORGET: Final = text("""
DELETE FROM login_attempts WHERE key = ANY (ARRAY(
    SELECT key FROM login_attempts WHERE last_at <= :before
    ORDER BY last_at LIMIT :most FOR UPDATE SKIP LOCKED
))
""").bindparams(bindparam("before", type_=INSTANT), most=FORGOTTEN_AT_ONCE)


class LoginAttemptRow(DefaultBase):
    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(510), primary_key=True)
    """An address in lower case, which may have more letters than the address itself."""
    at: Mapped[list[datetime]] = mapped_column(ARRAY(INSTANT))
    last_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))


class PostgresLoginAttempts(LoginAttempts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, email: str, at: datetime, *, since: datetime, most: int) -> bool:
        taken = await self._session.execute(
            TAKE, {"email": email, "at": at, "since": since, "most": most}
        )
        return taken.scalar_one_or_none() is not None

    async def first_since(self, email: str, *, since: datetime) -> datetime | None:
        found = await self._session.execute(FIRST, {"email": email, "since": since})
        first: datetime | None = found.scalar_one()
        return first

    async def clear(self, email: str) -> None:
        await self._session.execute(
            delete(LoginAttemptRow).where(LoginAttemptRow.key == func.lower(email))
        )

    async def prune(self, before: datetime) -> None:
        await self._session.execute(FORGET, {"before": before})


class PostgresPasswordAccounts(PasswordAccounts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def with_email(self, email: str) -> PasswordAccount | None:
        found = await self._session.execute(
            select(
                UserRow.id, UserRow.hashed_password, UserRow.clerk_user_id, UserRow.is_active
            ).where(func.lower(UserRow.email) == func.lower(email), UserRow.deleted_at.is_(None))
        )
        row = found.one_or_none()
        if row is None:
            return None
        return PasswordAccount(
            id=UserId(row.id),
            hashed_password=row.hashed_password,
            clerk_user_id=None if row.clerk_user_id is None else ClerkUserId(row.clerk_user_id),
            is_active=row.is_active,
        )

    async def add(self, user: User, hashed_password: str) -> None:
        await PostgresUsers(self._session).put(user)
        await self._session.execute(
            update(UserRow).where(UserRow.id == user.id).values(hashed_password=hashed_password)
        )

    async def rehash(self, user: UserId, known: str, better: str) -> None:
        await self._session.execute(
            update(UserRow)
            .where(UserRow.id == user, UserRow.hashed_password == known)
            .values(hashed_password=better, updated_at=func.now())
        )
