"""Attempts to guess secrets, in Postgres."""

from datetime import datetime
from typing import Final

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Index, String, any_, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.domain.access.attempts import Attempts

PRUNED_AT_ONCE: Final = 100
INSTANT: Final = TIMESTAMP(timezone=True)


class AttemptRow(DefaultBase):
    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(600), primary_key=True)
    """In lower case, which may have more letters than the key itself."""
    at: Mapped[list[datetime]] = mapped_column(ARRAY(INSTANT))
    last_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))


MOMENTS: Final = (
    func.unnest(AttemptRow.at).table_valued(column("at", INSTANT), name="moments").render_derived()
)


class AttemptRepository(EntityRepository[AttemptRow, AttemptRow]):
    model_type = AttemptRow
    entity_type = AttemptRow


class PostgresAttempts(Attempts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._attempts = AttemptRepository(session)

    async def record(self, key: str, at: datetime, *, since: datetime, most: int) -> bool:
        # Where the condition fails, the row is locked all the same, and read as it is by then.
        adding = insert(AttemptRow).values(
            key=func.lower(key), at=literal([at], ARRAY(INSTANT)), last_at=at
        )
        recent = select(MOMENTS.c.at).where(MOMENTS.c.at > since)
        count = select(func.count()).select_from(MOMENTS).where(MOMENTS.c.at > since)
        recorded = await self._session.scalar(
            adding.on_conflict_do_update(
                index_elements=[AttemptRow.key],
                set_={
                    "at": func.array(recent.scalar_subquery()).op("||")(adding.excluded.at),
                    "last_at": func.greatest(AttemptRow.last_at, adding.excluded.last_at),
                },
                where=count.scalar_subquery() < most,
            ).returning(true())
        )
        return recorded is not None

    async def first_since(self, key: str, *, since: datetime) -> datetime | None:
        first: datetime | None = await self._session.scalar(
            select(func.min(MOMENTS.c.at))
            .select_from(AttemptRow)
            .join(MOMENTS, true())
            .where(AttemptRow.key == func.lower(key), MOMENTS.c.at > since)
        )
        return first

    async def withdraw(self, key: str, at: datetime) -> None:
        await self._attempts.change(
            AttemptRow.key == func.lower(key), at=func.array_remove(AttemptRow.at, at)
        )
        await self._attempts.remove(
            AttemptRow.key == func.lower(key), func.cardinality(AttemptRow.at) == 0
        )

    async def clear(self, key: str) -> None:
        await self._attempts.remove(AttemptRow.key == func.lower(key))

    async def prune(self, before: datetime) -> None:
        # Rows that somebody is writing to are not waited for: they are not old any more.
        old = (
            select(AttemptRow.key)
            .where(AttemptRow.last_at <= before)
            .order_by(AttemptRow.last_at)
            .limit(PRUNED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self._attempts.remove(AttemptRow.key == any_(func.array(old.scalar_subquery())))
