"""Reserving a message: one statement checks the limit, counts, and writes the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.adapters.postgres.identity import counter_of
from sigmasight.domain.access.tiers import Subscription, Tier, TierLimits
from sigmasight.domain.access.usage import (
    KEY_LIFETIME,
    RESERVATION_LIFETIME,
    AiLimitReachedError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    MessageId,
    ReservedMessage,
    period_start,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, UserId

TRIES: Final = 5
ALLOWED: Final = """
CASE WHEN tier = 'paid' AND (tier_expires_at IS NULL OR tier_expires_at > $3)
     THEN $5::integer ELSE $6::integer END
"""
KEY: Final = """
SELECT keys.message_id, keys.fingerprint, keys.at, users.ai_messages_used AS used, ledger.allowed
FROM ai_message_keys AS keys JOIN users ON users.id = keys.user_id
JOIN ai_message_ledger AS ledger ON ledger.user_id = keys.user_id
    AND ledger.message_id = keys.message_id AND ledger.kind = 'taken'
WHERE keys.user_id = $1 AND keys.key = $2
"""
DELETE_KEY: Final = "DELETE FROM ai_message_keys WHERE user_id = $1 AND key = $2 AND at <= $3"
STATE: Final = """
SELECT tier, tier_expires_at, ai_messages_used, ai_messages_reset_at, ai_messages_granted
FROM users WHERE id = $1
"""


def reserve_statement(more: str = "") -> str:
    """Return the statement that reserves a message, and does more if it reserves one.

    `more` is a further `WITH` query that selects from `taken`; its parameters begin with $10.
    """
    # A counter whose last reset lies before the month's first instant ($4) is a former month's.
    return f"""
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
    ), reserved AS (
        INSERT INTO ai_message_reservations (user_id, message_id, expires_at)
        SELECT $1, $2, $9 FROM taken
    ) {more}
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, allowed, at)
    SELECT $1, $2, 'taken', 1, period, allowed, $3 FROM taken
    RETURNING (SELECT used FROM taken) AS used, allowed
    """  # noqa: S608  nothing but constants


RESERVE: Final = reserve_statement()


async def reserve(  # noqa: PLR0913  what reserving a message needs
    pool: asyncpg.Pool,
    user: UserId,
    message: MessageId,
    *,
    at: datetime,
    limits: TierLimits,
    key: IdempotencyKey | None,
    statement: str = RESERVE,
    more: Sequence[object] = (),
) -> ReservedMessage:
    """Do what MessageLedger.reserve promises, with that statement and its further parameters."""
    named = (key.text, key.fingerprint) if key else (None, None)
    arguments = (
        user,
        message,
        at,
        period_start(at),
        *paid_and_free(limits),
        *named,
        at + RESERVATION_LIFETIME,
        *more,
    )
    for _ in range(TRIES):
        row = await _reserved(pool, statement, arguments)
        if row is not None:
            return ReservedMessage(id=message, used=row["used"], limit=row["allowed"])
        if key and (known := await _found_by_key(pool, user, key, at)):
            return known
        if refusal := await _refusal(pool, user, at, limits):
            raise refusal
    raise DatabaseUnavailableError


def paid_and_free(limits: TierLimits) -> tuple[int | None, int | None]:
    """Return the limits as ALLOWED has them: of those who pay, and of those who do not."""
    return limits[Tier.PAID].max_ai_messages, limits[Tier.FREE].max_ai_messages


async def _reserved(pool: asyncpg.Pool, statement: str, arguments: Sequence[object]) -> Any:
    """Reserve a message; None where none is left, or where the key was used before."""
    try:
        return await fetch_row(pool, statement, *arguments)
    except asyncpg.UniqueViolationError:
        return None


async def _found_by_key(
    pool: asyncpg.Pool, user: UserId, key: IdempotencyKey, at: datetime
) -> ReservedMessage | None:
    row = await fetch_row(pool, KEY, user, key.text)
    if row is None:
        return None
    if row["at"] <= at - KEY_LIFETIME:
        await fetch_row(pool, DELETE_KEY, user, key.text, at - KEY_LIFETIME)
        return None
    if row["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReusedError
    return ReservedMessage(
        id=MessageId(row["message_id"]), used=row["used"], limit=row["allowed"], repeated=True
    )


async def _refusal(
    pool: asyncpg.Pool, user: UserId, at: datetime, limits: TierLimits
) -> AiLimitReachedError | None:
    """Return why no message could be reserved; None where one has become free since."""
    row = await fetch_row(pool, STATE, user)
    tier = Subscription(Tier.named(row["tier"]), row["tier_expires_at"]).at(at).tier
    counter = counter_of(row)
    allowed = counter.limit_at(at, limits[tier].max_ai_messages)
    used = counter.used_at(at)
    if allowed is None or used < allowed:
        return None
    return AiLimitReachedError(tier=tier, limit=allowed, used=used, now=at)
