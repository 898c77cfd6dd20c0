"""AI messages in Postgres: one statement a question, on the pool of the hot path."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.engine import connection_of, outages
from sigmasight.adapters.postgres.identity import counter_of
from sigmasight.domain.access.tiers import Subscription, Tier, TierLimits
from sigmasight.domain.access.usage import (
    KEY_LIFETIME,
    AiLimitReachedError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    MessageCounter,
    MessageId,
    MessageLedger,
    Period,
    Taken,
    UsageLine,
    period_start,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, UserId

TRIES: Final = 5


class LedgerRow(DefaultBase):
    """What changed a counter; rows are only ever added."""

    __tablename__ = "ai_message_ledger"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        Index("ix_ai_message_ledger_period", "user_id", "period"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`taken`, `given_back` or `granted`."""
    amount: Mapped[int] = mapped_column(Integer)
    period: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    """The first instant of the month whose counter it changed."""
    allowed: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))


class MessageKeyRow(DefaultBase):
    __tablename__ = "ai_message_keys"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[UUID] = mapped_column()
    at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))


ALLOWED: Final = """
CASE WHEN tier = 'paid' AND (tier_expires_at IS NULL OR tier_expires_at > $3)
     THEN $5::integer ELSE $6::integer END
"""
# A counter whose last reset lies before the month's first instant ($4) is a former month's.
TAKE: Final = f"""
WITH taken AS (
    UPDATE users SET
        ai_messages_used = CASE WHEN ai_messages_reset_at < $4 THEN 1
                                ELSE ai_messages_used + 1 END,
        ai_messages_granted = CASE WHEN ai_messages_reset_at < $4 THEN 0
                                   ELSE ai_messages_granted END,
        ai_messages_reset_at = CASE WHEN ai_messages_reset_at < $4 THEN $3
                                    ELSE ai_messages_reset_at END
    WHERE id = $1 AND (
        {ALLOWED} IS NULL
        OR CASE WHEN ai_messages_reset_at < $4 THEN 0 < {ALLOWED}
                ELSE ai_messages_used < {ALLOWED} + ai_messages_granted END
    )
    RETURNING ai_messages_used AS used, {ALLOWED} + ai_messages_granted AS allowed,
              date_trunc('month', ai_messages_reset_at, 'UTC') AS period
), keyed AS (
    INSERT INTO ai_message_keys (user_id, key, fingerprint, message_id, at)
    SELECT $1, $7::varchar, $8::varchar, $2, $3 FROM taken WHERE $7::varchar IS NOT NULL
)
INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, allowed, at)
SELECT $1, $2, 'taken', 1, period, allowed, $3 FROM taken
RETURNING (SELECT used FROM taken) AS used, allowed
"""  # noqa: S608  nothing but constants of this module
GIVE_BACK: Final = """
WITH taken AS (
    SELECT period FROM ai_message_ledger
    WHERE user_id = $1 AND message_id = $2 AND kind = 'taken'
), returned AS (
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, at)
    SELECT $1, $2, 'given_back', -1, taken.period, $3
    FROM taken JOIN users ON users.id = $1
        AND date_trunc('month', users.ai_messages_reset_at, 'UTC') = taken.period
    ON CONFLICT DO NOTHING
    RETURNING period
)
UPDATE users SET ai_messages_used = ai_messages_used - 1
FROM returned WHERE users.id = $1
RETURNING users.id
"""
LOCK: Final = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE"
GRANT: Final = """
WITH granted AS (
    UPDATE users SET
        ai_messages_used = CASE WHEN ai_messages_reset_at < $4 THEN 0 ELSE ai_messages_used END,
        ai_messages_granted = $5 + CASE WHEN ai_messages_reset_at < $4 THEN 0
                                        ELSE ai_messages_granted END,
        ai_messages_reset_at = CASE WHEN ai_messages_reset_at < $4 THEN $3
                                    ELSE ai_messages_reset_at END
    WHERE id = $1
    RETURNING ai_messages_used, ai_messages_reset_at, ai_messages_granted
), noted AS (
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, reason, at)
    SELECT $1, $2, 'granted', $5,
           date_trunc('month', ai_messages_reset_at, 'UTC'), $6, $3 FROM granted
)
SELECT * FROM granted
"""
COUNTER: Final = """
SELECT ai_messages_used, ai_messages_reset_at, ai_messages_granted FROM users WHERE id = $1
"""
KEY: Final = """
SELECT keys.message_id, keys.fingerprint, keys.at, users.ai_messages_used AS used, ledger.allowed
FROM ai_message_keys AS keys JOIN users ON users.id = keys.user_id
JOIN ai_message_ledger AS ledger ON ledger.user_id = keys.user_id
    AND ledger.message_id = keys.message_id AND ledger.kind = 'taken'
WHERE keys.user_id = $1 AND keys.key = $2
"""
FORGET_KEY: Final = "DELETE FROM ai_message_keys WHERE user_id = $1 AND key = $2 AND at <= $3"
STATE: Final = """
SELECT tier, tier_expires_at, ai_messages_used, ai_messages_reset_at, ai_messages_granted
FROM users WHERE id = $1
"""
HISTORY: Final = """
SELECT period, sum(amount) FILTER (WHERE kind <> 'granted') AS used,
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


class PostgresMessageLedger(MessageLedger):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def take(
        self,
        user: UserId,
        message: MessageId,
        at: datetime,
        limits: TierLimits,
        key: IdempotencyKey | None = None,
    ) -> Taken:
        paid, free = (limits[tier].max_ai_messages for tier in (Tier.PAID, Tier.FREE))
        named = (key.text, key.fingerprint) if key else (None, None)
        for _ in range(TRIES):
            row = await self._taken(user, message, at, period_start(at), paid, free, *named)
            if row is not None:
                return Taken(id=message, used=row["used"], limit=row["allowed"])
            if key and (known := await self._known(user, key, at)):
                return known
            if refusal := await self._refusal(user, at, limits):
                raise refusal
        raise DatabaseUnavailableError

    async def _taken(self, *arguments: object) -> Any:
        """Take a message; None where none is left, or where the key was used before."""
        try:
            return await self._row(TAKE, *arguments)
        except asyncpg.UniqueViolationError:
            return None

    async def _known(self, user: UserId, key: IdempotencyKey, at: datetime) -> Taken | None:
        row = await self._row(KEY, user, key.text)
        if row is None:
            return None
        if row["at"] <= at - KEY_LIFETIME:
            await self._row(FORGET_KEY, user, key.text, at - KEY_LIFETIME)
            return None
        if row["fingerprint"] != key.fingerprint:
            raise IdempotencyKeyReusedError
        return Taken(
            id=MessageId(row["message_id"]), used=row["used"], limit=row["allowed"], repeated=True
        )

    async def _refusal(
        self, user: UserId, at: datetime, limits: TierLimits
    ) -> AiLimitReachedError | None:
        """Return why nothing could be taken; None where something has become free since."""
        row = await self._row(STATE, user)
        tier = Subscription(Tier.named(row["tier"]), row["tier_expires_at"]).at(at).tier
        counter = counter_of(row)
        allowed = counter.limit_at(at, limits[tier].max_ai_messages)
        used = counter.used_at(at)
        if allowed is None or used < allowed:
            return None
        return AiLimitReachedError(tier=tier, limit=allowed, used=used, now=at)

    async def give_back(self, user: UserId, message: MessageId, at: datetime) -> bool:
        with outages():
            async with connection_of(self._pool) as connection, connection.transaction():
                # The lock comes first: the month must not roll over between look and change.
                await connection.fetchrow(LOCK, user)
                row = await connection.fetchrow(GIVE_BACK, user, message, at)
        return row is not None

    async def grant(self, user: UserId, count: int, reason: str, at: datetime) -> MessageCounter:
        return counter_of(
            await self._row(GRANT, user, uuid4(), at, period_start(at), count, reason)
        )

    async def counter(self, user: UserId) -> MessageCounter:
        return counter_of(await self._row(COUNTER, user))

    async def history(self, user: UserId, since: datetime) -> Sequence[Period]:
        rows = await self._rows(HISTORY, user, since)
        return [Period(row["period"], row["used"], row["allowed"]) for row in rows]

    async def near_limit(
        self, at: datetime, limits: TierLimits, share: float, most: int
    ) -> Sequence[UsageLine]:
        paid, free = (limits[tier].max_ai_messages for tier in (Tier.PAID, Tier.FREE))
        rows = await self._rows(NEAR_LIMIT, share, most, at, period_start(at), paid, free)
        return [
            UsageLine(
                UserId(row["id"]),
                row["email"],
                Tier.PAID if row["paid"] else Tier.FREE,
                row["used"],
                row["allowed"],
            )
            for row in rows
        ]

    async def _row(self, query: str, *arguments: object) -> Any:
        with outages():
            async with connection_of(self._pool) as connection:
                return await connection.fetchrow(query, *arguments)

    async def _rows(self, query: str, *arguments: object) -> Any:
        with outages():
            async with connection_of(self._pool) as connection:
                return await connection.fetch(query, *arguments)
