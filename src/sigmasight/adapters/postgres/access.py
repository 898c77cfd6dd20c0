"""Invite attempts in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID, uuid4

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.identity import UserRepository, UserRow, lock_owner
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.access.invites import InviteAttempts, Invited
from sigmasight.domain.kernel import UserId


class InviteFailureRow(DefaultBase):
    __tablename__ = "invite_failures"
    __table_args__ = (Index("ix_invite_failures_at", "user_id", "at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(INSTANT)


class InviteFailureRepository(EntityRepository[InviteFailureRow, InviteFailureRow]):
    model_type = InviteFailureRow
    entity_type = InviteFailureRow
    ordering: ClassVar[Ordering] = [(InviteFailureRow.at, False)]


class PostgresInviteAttempts(InviteAttempts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._failures = InviteFailureRepository(session)

    async def lock(self, user: UserId) -> bool:
        return (await lock_owner(self._session, user)).invite_validated

    async def failures_since(self, user: UserId, since: datetime) -> Sequence[datetime]:
        rows = await self._failures.get_many(
            InviteFailureRow.user_id == user, InviteFailureRow.at > since
        )
        return [row.at for row in rows]

    async def record_failure(self, user: UserId, at: datetime, *, forget_before: datetime) -> None:
        await self._failures.add(InviteFailureRow(user_id=user, id=uuid4(), at=at))
        await self._failures.remove(
            InviteFailureRow.user_id == user, InviteFailureRow.at < forget_before
        )

    async def mark_validated(self, user: UserId, code: str | None, at: datetime) -> None:
        await UserRepository(self._session).change(
            UserRow.id == user, invite_validated=True, invite_code=code, invite_validated_at=at
        )

    async def withdraw(self, user: UserId) -> None:
        await UserRepository(self._session).change(
            UserRow.id == user, invite_validated=False, invite_code=None, invite_validated_at=None
        )

    async def latest(self, code: str | None, limit: int) -> Sequence[Invited]:
        validated = select(
            UserRow.id, UserRow.email, UserRow.invite_code, UserRow.invite_validated_at
        ).where(UserRow.invite_validated, UserRow.deleted_at.is_(None))
        if code is not None:
            validated = validated.where(func.lower(UserRow.invite_code) == func.lower(code))
        rows = await self._session.execute(
            validated.order_by(UserRow.invite_validated_at.desc().nulls_last(), UserRow.id).limit(
                limit
            )
        )
        return [Invited(UserId(row.id), row.email, row[2], row[3]) for row in rows]
