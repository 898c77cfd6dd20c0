"""The ledger of AI messages in Postgres: each question one statement, on the hot path's pool."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows, pool_transaction
from sigmasight.adapters.postgres.identity import counter_of
from sigmasight.adapters.postgres.usage.reserve import ALLOWED, paid_and_free, reserve
from sigmasight.adapters.postgres.usage.settle import CHARGE, release
from sigmasight.domain.access.tiers import Tier, TierLimits
from sigmasight.domain.access.usage import (
    IdempotencyKey,
    MessageCounter,
    MessageId,
    MessageLedger,
    ReservedMessage,
    UsagePeriod,
    UserUsage,
    period_start,
)
from sigmasight.domain.kernel import UserId

EXPIRED: Final = """
SELECT user_id, message_id FROM ai_message_reservations WHERE expires_at <= $1 ORDER BY expires_at
"""
COUNTER: Final = """
SELECT ai_messages_used, ai_messages_reset_at, ai_messages_granted FROM users WHERE id = $1
"""
HISTORY: Final = """
SELECT period, sum(amount) FILTER (WHERE kind IN ('taken', 'given_back')) AS used,
       CASE WHEN bool_and(allowed IS NOT NULL) FILTER (WHERE kind = 'taken')
            THEN max(allowed) END AS allowed
FROM ai_message_ledger WHERE user_id = $1 AND period >= $2
GROUP BY period HAVING bool_or(kind = 'taken') ORDER BY period DESC
"""
NEAR_LIMIT: Final = f"""
SELECT id, email, used, allowed, paid FROM (
    SELECT id, email, ai_messages_used AS used, {ALLOWED} + ai_messages_granted AS allowed,
           tier = 'paid' AND (tier_expires_at IS NULL OR tier_expires_at > $3) AS paid
    FROM users WHERE deleted_at IS NULL AND ai_messages_reset_at >= $4
) AS counted
WHERE allowed > 0 AND used >= allowed * $1::float8
ORDER BY used::float8 / allowed DESC, email LIMIT $2
"""  # noqa: S608  nothing but constants of this module


class LedgerRow(DefaultBase):
    """What changed a counter; rows are only ever added."""

    __tablename__ = "ai_message_ledger"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        Index("ix_ai_message_ledger_period", "user_id", "period"),
        Index("ix_ai_message_ledger_expired", "period", postgresql_using="brin"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`taken`, `given_back`, `granted` or `grant_revoked`."""
    amount: Mapped[int] = mapped_column(Integer)
    period: Mapped[datetime] = mapped_column(INSTANT)
    """The first instant of the month whose counter it changed."""
    allowed: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(INSTANT)


class MessageKeyRow(DefaultBase):
    __tablename__ = "ai_message_keys"
    __table_args__ = (Index("ix_ai_message_keys_expired", "at", postgresql_using="brin"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[UUID] = mapped_column()
    at: Mapped[datetime] = mapped_column(INSTANT)


class ReservationRow(DefaultBase):
    """A message that is reserved and not settled yet."""

    __tablename__ = "ai_message_reservations"
    __table_args__ = (Index("ix_ai_message_reservations_expires_at", "expires_at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(INSTANT)


class PostgresMessageLedger(MessageLedger):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def reserve(
        self,
        user: UserId,
        message: MessageId,
        at: datetime,
        limits: TierLimits,
        key: IdempotencyKey | None = None,
    ) -> ReservedMessage:
        return await reserve(self._pool, user, message, at=at, limits=limits, key=key)

    async def charge(self, user: UserId, message: MessageId) -> bool:
        return await fetch_row(self._pool, CHARGE, user, message) is not None

    async def release(self, user: UserId, message: MessageId, at: datetime) -> bool:
        async with pool_transaction(self._pool) as connection:
            return await release(connection, user, message, at)

    async def release_expired(self, at: datetime) -> int:
        abandoned = await fetch_rows(self._pool, EXPIRED, at)
        settled = [await self.release(row["user_id"], row["message_id"], at) for row in abandoned]
        return sum(settled)

    async def counter(self, user: UserId) -> MessageCounter:
        return counter_of(await fetch_row(self._pool, COUNTER, user))

    async def history(self, user: UserId, since: datetime) -> Sequence[UsagePeriod]:
        rows = await fetch_rows(self._pool, HISTORY, user, since)
        return [UsagePeriod(row["period"], row["used"], row["allowed"]) for row in rows]

    async def near_limit(
        self, at: datetime, limits: TierLimits, share: float, most: int
    ) -> Sequence[UserUsage]:
        both = paid_and_free(limits)
        rows = await fetch_rows(self._pool, NEAR_LIMIT, share, most, at, period_start(at), *both)
        return [
            UserUsage(
                UserId(row["id"]),
                row["email"],
                Tier.PAID if row["paid"] else Tier.FREE,
                row["used"],
                row["allowed"],
            )
            for row in rows
        ]
