"""Users and Clerk accounts in Postgres.

What the webhook transaction and provisioning read and write is plain SQL for the driver.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import Boolean, Index, Integer, String, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.users import (
    Address,
    Bar,
    BarKind,
    ClerkAccount,
    ClerkAccounts,
    FullName,
    Standing,
    User,
    Users,
)
from sigmasight.domain.kernel import ClerkUserId, UserId

NO_ADDRESS: Final = (None, None, False)


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
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    clerk_user_id: Mapped[str | None] = mapped_column(String(255), unique=True, index=True)
    tier: Mapped[str] = mapped_column(String(20), server_default=text("'free'"))
    invite_validated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    ai_messages_used: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    ai_messages_reset_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    ai_messages_granted: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    tier_expires_at: Mapped[datetime | None] = mapped_column(INSTANT)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)
    bar: Mapped[str | None] = mapped_column(String(10))
    """`banned` or `locked`, by Clerk."""
    barred_until: Mapped[datetime | None] = mapped_column(INSTANT)
    address_proved: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    invite_code: Mapped[str | None] = mapped_column(String(255))
    invite_validated_at: Mapped[datetime | None] = mapped_column(INSTANT)


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
    email_known_at: Mapped[datetime | None] = mapped_column(INSTANT)
    email: Mapped[str | None] = mapped_column(String(255))
    email_verified: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    full_name_known_at: Mapped[datetime | None] = mapped_column(INSTANT)
    full_name: Mapped[str | None] = mapped_column(String(255))
    standing_known_at: Mapped[datetime | None] = mapped_column(INSTANT)
    bar: Mapped[str | None] = mapped_column(String(10))
    barred_until: Mapped[datetime | None] = mapped_column(INSTANT)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)


USER_COLUMNS: Final = """
    id, clerk_user_id, email, full_name, is_active, created_at, deleted_at, invite_validated,
    tier, tier_expires_at, ai_messages_used, ai_messages_reset_at, ai_messages_granted,
    bar, barred_until, address_proved
"""
USER: Final = f"SELECT {USER_COLUMNS} FROM users"  # noqa: S608  our own columns
# Waiting for the lock, Postgres reads the row again: a user who gave an address up or got one
# meanwhile is seen as they are after that.
LOCKED: Final = " FOR NO KEY UPDATE"
LOCK_BY_ACCOUNT: Final = f"{USER} WHERE clerk_user_id = $1{LOCKED}"
LOCK_USER: Final = f"{USER} WHERE id = $1{LOCKED}"
LOCK_BY_EMAIL: Final = f"{USER} WHERE lower(email) = lower($1) AND deleted_at IS NULL{LOCKED}"
PUT_USER: Final = """
INSERT INTO users (
    id, clerk_user_id, email, full_name, is_active, deleted_at, tier, tier_expires_at,
    created_at, invite_validated, ai_messages_used, ai_messages_reset_at, ai_messages_granted,
    bar, barred_until, address_proved
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (id) DO UPDATE SET
    clerk_user_id = excluded.clerk_user_id, email = excluded.email,
    full_name = excluded.full_name, is_active = excluded.is_active,
    deleted_at = excluded.deleted_at, tier = excluded.tier,
    tier_expires_at = excluded.tier_expires_at, bar = excluded.bar,
    barred_until = excluded.barred_until, address_proved = excluded.address_proved,
    updated_at = now()
"""
# Writing the key over itself locks a known row and returns it, in one round trip.
LOCK_ACCOUNT: Final = """
INSERT INTO clerk_accounts (clerk_user_id) VALUES ($1)
ON CONFLICT (clerk_user_id) DO UPDATE SET clerk_user_id = excluded.clerk_user_id
RETURNING email_known_at, email, email_verified, full_name_known_at, full_name,
    standing_known_at, bar, barred_until, deleted_at
"""
PUT_ACCOUNT: Final = """
INSERT INTO clerk_accounts (
    clerk_user_id, email_known_at, email, email_verified, full_name_known_at, full_name,
    standing_known_at, bar, barred_until, deleted_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (clerk_user_id) DO UPDATE SET
    email_known_at = excluded.email_known_at, email = excluded.email,
    email_verified = excluded.email_verified,
    full_name_known_at = excluded.full_name_known_at, full_name = excluded.full_name,
    standing_known_at = excluded.standing_known_at, bar = excluded.bar,
    barred_until = excluded.barred_until, deleted_at = excluded.deleted_at
"""
WAITING: Final = """
SELECT clerk_user_id FROM clerk_accounts AS accounts
WHERE lower(email) = lower($1) AND deleted_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM users
    WHERE users.clerk_user_id = accounts.clerk_user_id
      AND lower(users.email) = lower(accounts.email)
)
ORDER BY email_known_at, clerk_user_id
"""


class PostgresUsers(Users):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def with_account(self, account: ClerkUserId) -> User | None:
        return await self._user(LOCK_BY_ACCOUNT, account)

    async def lock(self, user: UserId) -> User | None:
        return await self._user(LOCK_USER, user)

    async def with_email(self, email: str) -> User | None:
        return await self._user(LOCK_BY_EMAIL, email)

    async def _user(self, query: str, whose: str | UUID) -> User | None:
        row = await (await raw_connection(self._session)).fetchrow(query, whose)
        return None if row is None else user_of(row)

    async def put(self, user: User) -> None:
        driver = await raw_connection(self._session)
        await driver.execute(
            PUT_USER,
            user.id,
            user.clerk_user_id,
            user.email,
            user.full_name,
            user.is_active,
            user.deleted_at,
            user.subscription.tier.value,
            user.subscription.expires_at,
            user.created_at,
            user.invite_validated,
            user.messages.used,
            user.messages.reset_at,
            user.messages.granted,
            *_bar_columns(user.bar),
            user.address_proved,
        )


async def lock_owner(session: AsyncSession, user: UserId) -> User:
    """Have others who lock this user's row wait until the transaction ends."""
    locked = await PostgresUsers(session).lock(user)
    if locked is None:
        raise LookupError(f"There is no user {user}.")
    return locked


class UserRepository(EntityRepository[UserRow, User]):
    model_type = UserRow
    entity_type = User
    ordering: ClassVar[Ordering] = [(UserRow.id, False)]

    @classmethod
    def entity(cls, row: UserRow) -> User:
        return user_of(vars(row))


class PostgresClerkAccounts(ClerkAccounts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        row = await (await raw_connection(self._session)).fetchrow(LOCK_ACCOUNT, account)
        return ClerkAccount(
            id=account,
            address=row["email_known_at"]
            and Address(row["email_known_at"], row["email"], row["email_verified"]),
            name=row["full_name_known_at"]
            and FullName(row["full_name_known_at"], row["full_name"]),
            standing=row["standing_known_at"] and Standing(row["standing_known_at"], _bar(row)),
            deleted_at=row["deleted_at"],
        )

    async def put(self, account: ClerkAccount) -> None:
        address, name, standing = account.address, account.name, account.standing
        driver = await raw_connection(self._session)
        await driver.execute(
            PUT_ACCOUNT,
            account.id,
            *((address.known_at, address.email, address.verified) if address else NO_ADDRESS),
            *((name.known_at, name.text) if name else (None, None)),
            standing and standing.known_at,
            *_bar_columns(standing.bar if standing else None),
            account.deleted_at,
        )

    async def waiting_for_email(self, email: str) -> Sequence[ClerkUserId]:
        rows = await (await raw_connection(self._session)).fetch(WAITING, email)
        return [ClerkUserId(row["clerk_user_id"]) for row in rows]


def user_of(row: Mapping[str, Any]) -> User:
    """Make a user of a row with the columns of `USER`."""
    return User(
        id=UserId(row["id"]),
        clerk_user_id=row["clerk_user_id"],
        email=row["email"],
        full_name=row["full_name"],
        is_active=row["is_active"],
        created_at=row["created_at"],
        deleted_at=row["deleted_at"],
        invite_validated=row["invite_validated"],
        subscription=Subscription(Tier.named(row["tier"]), row["tier_expires_at"]),
        messages=counter_of(row),
        bar=_bar(row),
        address_proved=row["address_proved"],
    )


def _bar(row: Mapping[str, Any]) -> Bar | None:
    return Bar(BarKind(row["bar"]), row["barred_until"]) if row["bar"] else None


def _bar_columns(bar: Bar | None) -> tuple[str | None, datetime | None]:
    return (bar.kind.value, bar.until) if bar else (None, None)


def counter_of(row: Mapping[str, Any]) -> MessageCounter:
    """Make a counter of a row with its three columns."""
    return MessageCounter(
        row["ai_messages_used"], row["ai_messages_reset_at"], row["ai_messages_granted"]
    )
