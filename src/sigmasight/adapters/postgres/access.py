"""Invite attempts in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, Index, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.identity import UserRow
from sigmasight.domain.access.invites import InviteAttempts
from sigmasight.domain.kernel import UserId


class InviteFailureRow(DefaultBase):
    __tablename__ = "invite_failures"
    __table_args__ = (Index("ix_invite_failures_at", "user_id", "at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(INSTANT)


class PostgresInviteAttempts(InviteAttempts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, user: UserId) -> bool:
        locked = await self._session.execute(
            select(UserRow.invite_validated)
            .where(UserRow.id == user)
            .with_for_update(key_share=True)
        )
        return locked.scalar_one()

    async def failures_since(self, user: UserId, since: datetime) -> Sequence[datetime]:
        failures = await self._session.scalars(
            select(InviteFailureRow.at)
            .where(InviteFailureRow.user_id == user, InviteFailureRow.at > since)
            .order_by(InviteFailureRow.at)
        )
        return failures.all()

    async def record_failure(self, user: UserId, at: datetime, *, forget_before: datetime) -> None:
        await self._session.execute(
            insert(InviteFailureRow).values(user_id=user, id=uuid4(), at=at)
        )
        await self._session.execute(
            delete(InviteFailureRow).where(
                InviteFailureRow.user_id == user, InviteFailureRow.at < forget_before
            )
        )

    async def mark_validated(self, user: UserId) -> None:
        await self._session.execute(
            update(UserRow).where(UserRow.id == user).values(invite_validated=True)
        )
