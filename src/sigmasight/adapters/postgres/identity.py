"""Users and Clerk accounts in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Boolean, ColumnElement, Index, Integer, String, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.users import (
    Address,
    ClerkAccount,
    ClerkAccounts,
    FullName,
    User,
    Users,
)
from sigmasight.domain.kernel import ClerkUserId, UserId

NOW = text("now()")


class UserRow(DefaultBase):
    __tablename__ = "users"
    __table_args__ = (
        Index(
            "ix_users_email_not_deleted",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255))
    hashed_password: Mapped[str | None] = mapped_column(String(255))
    full_name: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True), server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True), server_default=NOW)
    clerk_user_id: Mapped[str | None] = mapped_column(String(255), unique=True, index=True)
    tier: Mapped[str] = mapped_column(String(20), server_default=text("'free'"))
    invite_validated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    ai_messages_used: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    ai_messages_reset_at: Mapped[datetime] = mapped_column(
        DateTimeUTC(timezone=True), server_default=NOW
    )
    tier_expires_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))


class ClerkAccountRow(DefaultBase):
    __tablename__ = "clerk_accounts"
    __table_args__ = (
        Index(
            "ix_clerk_accounts_email",
            text("lower(email)"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    clerk_user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    email_known_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))
    email: Mapped[str | None] = mapped_column(String(255))
    email_verified: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    full_name_known_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))
    full_name: Mapped[str | None] = mapped_column(String(255))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))


class PostgresUsers(Users):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, account: ClerkUserId) -> User | None:
        return await self._locked(UserRow.clerk_user_id == account)

    async def lock(self, user: UserId) -> User | None:
        return await self._locked(UserRow.id == user)

    async def holder_of(self, email: str) -> User | None:
        return await self._locked(
            func.lower(UserRow.email) == func.lower(email), UserRow.deleted_at.is_(None)
        )

    async def _locked(self, *where: ColumnElement[bool]) -> User | None:
        # Waiting for the lock, Postgres reads the row again: whoever gave an address up or took
        # it meanwhile is seen as they are after that.
        found = await self._session.scalars(
            select(UserRow)
            .where(*where)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else user_of(row)

    async def put(self, user: User) -> None:
        who = {
            "clerk_user_id": user.clerk_user_id,
            "email": user.email,
            "full_name": user.full_name,
            "is_active": user.is_active,
            "deleted_at": user.deleted_at,
            "tier": user.subscription.tier.value,
            "tier_expires_at": user.subscription.expires_at,
        }
        put = insert(UserRow).values(
            id=user.id,
            created_at=user.created_at,
            invite_validated=user.invite_validated,
            ai_messages_used=user.messages.used,
            ai_messages_reset_at=user.messages.reset_at,
            **who,
        )
        await self._session.execute(
            put.on_conflict_do_update(index_elements=["id"], set_={**who, "updated_at": func.now()})
        )


class PostgresClerkAccounts(ClerkAccounts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        # Writing the key over itself locks a known row and returns it, in one round trip.
        claim = insert(ClerkAccountRow).values(clerk_user_id=account)
        locked = await self._session.execute(
            claim.on_conflict_do_update(
                index_elements=["clerk_user_id"],
                set_={"clerk_user_id": claim.excluded.clerk_user_id},
            ).returning(
                ClerkAccountRow.email_known_at,
                ClerkAccountRow.email,
                ClerkAccountRow.email_verified,
                ClerkAccountRow.full_name_known_at,
                ClerkAccountRow.full_name,
                ClerkAccountRow.deleted_at,
            )
        )
        row = locked.one()
        return ClerkAccount(
            id=account,
            address=row.email_known_at
            and Address(row.email_known_at, row.email, row.email_verified),
            name=row.full_name_known_at and FullName(row.full_name_known_at, row.full_name),
            deleted_at=row.deleted_at,
        )

    async def put(self, account: ClerkAccount) -> None:
        known: dict[str, object] = {"deleted_at": account.deleted_at}
        if address := account.address:
            known |= {
                "email_known_at": address.known_at,
                "email": address.email,
                "email_verified": address.verified,
            }
        if name := account.name:
            known |= {"full_name_known_at": name.known_at, "full_name": name.text}
        put = insert(ClerkAccountRow).values(clerk_user_id=account.id, **known)
        await self._session.execute(
            put.on_conflict_do_update(index_elements=["clerk_user_id"], set_=known)
        )

    async def awaiting(self, email: str) -> Sequence[ClerkUserId]:
        has_it = (
            select(UserRow.id)
            .where(UserRow.clerk_user_id == ClerkAccountRow.clerk_user_id)
            .where(func.lower(UserRow.email) == func.lower(ClerkAccountRow.email))
        )
        found = await self._session.scalars(
            select(ClerkAccountRow.clerk_user_id)
            .where(func.lower(ClerkAccountRow.email) == func.lower(email))
            .where(ClerkAccountRow.deleted_at.is_(None))
            .where(~has_it.exists())
            .order_by(ClerkAccountRow.email_known_at, ClerkAccountRow.clerk_user_id)
        )
        return [ClerkUserId(account) for account in found]


def user_of(row: UserRow) -> User:
    return User(
        id=UserId(row.id),
        clerk_user_id=None if row.clerk_user_id is None else ClerkUserId(row.clerk_user_id),
        email=row.email,
        full_name=row.full_name,
        is_active=row.is_active,
        created_at=row.created_at,
        deleted_at=row.deleted_at,
        invite_validated=row.invite_validated,
        subscription=Subscription(Tier.named(row.tier), row.tier_expires_at),
        messages=MessageCounter(row.ai_messages_used, row.ai_messages_reset_at),
    )
