"""Password accounts and login attempts in Postgres."""

from datetime import datetime
from typing import Final

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Index, String, any_, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.identity import PostgresUsers, UserRow
from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.adapters.postgres.user_directory import with_address
from sigmasight.domain.identity.password_login import (
    LoginAttempts,
    PasswordAccount,
    PasswordAccounts,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import UserId

PRUNED_AT_ONCE: Final = 100
INSTANT: Final = TIMESTAMP(timezone=True)


class LoginAttemptRow(DefaultBase):
    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(510), primary_key=True)
    """An address in lower case, which may have more letters than the address itself."""
    at: Mapped[list[datetime]] = mapped_column(ARRAY(INSTANT))
    last_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))


MOMENTS: Final = (
    func.unnest(LoginAttemptRow.at)
    .table_valued(column("at", INSTANT), name="moments")
    .render_derived()
)


class LoginAttemptRepository(EntityRepository[LoginAttemptRow, LoginAttemptRow]):
    model_type = LoginAttemptRow
    entity_type = LoginAttemptRow


class PostgresLoginAttempts(LoginAttempts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._attempts = LoginAttemptRepository(session)

    async def record(self, email: str, at: datetime, *, since: datetime, most: int) -> bool:
        # Where the condition fails, the row is locked all the same, and read as it is by then.
        adding = insert(LoginAttemptRow).values(
            key=func.lower(email), at=literal([at], ARRAY(INSTANT)), last_at=at
        )
        recent = select(MOMENTS.c.at).where(MOMENTS.c.at > since)
        count = select(func.count()).select_from(MOMENTS).where(MOMENTS.c.at > since)
        recorded = await self._session.scalar(
            adding.on_conflict_do_update(
                index_elements=[LoginAttemptRow.key],
                set_={
                    "at": func.array(recent.scalar_subquery()).op("||")(adding.excluded.at),
                    "last_at": func.greatest(LoginAttemptRow.last_at, adding.excluded.last_at),
                },
                where=count.scalar_subquery() < most,
            ).returning(true())
        )
        return recorded is not None

    async def first_since(self, email: str, *, since: datetime) -> datetime | None:
        first: datetime | None = await self._session.scalar(
            select(func.min(MOMENTS.c.at))
            .select_from(LoginAttemptRow)
            .join(MOMENTS, true())
            .where(LoginAttemptRow.key == func.lower(email), MOMENTS.c.at > since)
        )
        return first

    async def clear(self, email: str) -> None:
        await self._attempts.remove(LoginAttemptRow.key == func.lower(email))

    async def prune(self, before: datetime) -> None:
        # Rows that somebody is writing to are not waited for: they are not old any more.
        old = (
            select(LoginAttemptRow.key)
            .where(LoginAttemptRow.last_at <= before)
            .order_by(LoginAttemptRow.last_at)
            .limit(PRUNED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self._attempts.remove(LoginAttemptRow.key == any_(func.array(old.scalar_subquery())))


class PasswordAccountRepository(EntityRepository[UserRow, PasswordAccount]):
    model_type = UserRow
    entity_type = PasswordAccount


class PostgresPasswordAccounts(PasswordAccounts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._accounts = PasswordAccountRepository(session)

    async def with_email(self, email: str) -> PasswordAccount | None:
        return await self._accounts.find(*with_address(email))

    async def add(self, user: User, hashed_password: str) -> None:
        await PostgresUsers(self._session).put(user)
        await self._accounts.change(UserRow.id == user.id, hashed_password=hashed_password)

    async def rehash(self, user: UserId, known: str, better: str) -> None:
        await self._accounts.change(
            UserRow.id == user,
            UserRow.hashed_password == known,
            hashed_password=better,
            updated_at=func.now(),
        )
