"""Settling a reserved message: charged or released, once."""

from datetime import datetime
from typing import Any, Final

from sigmasight.adapters.postgres.identity import LOCK_USER
from sigmasight.domain.access.usage import MAX_RELEASES_PER_HOUR, MessageId
from sigmasight.domain.kernel import UserId

CHARGE: Final = """
DELETE FROM ai_message_reservations WHERE user_id = $1 AND message_id = $2 RETURNING message_id
"""
RELEASE: Final = """
WITH settled AS (
    DELETE FROM ai_message_reservations WHERE user_id = $1 AND message_id = $2
    RETURNING message_id
), freed AS (
    DELETE FROM ai_message_keys AS keys USING settled
    WHERE keys.user_id = $1 AND keys.message_id = settled.message_id
), taken AS (
    SELECT period FROM ai_message_ledger JOIN settled USING (message_id)
    WHERE user_id = $1 AND kind = 'taken'
), returned AS (
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, at)
    SELECT $1, $2, 'given_back', -1, taken.period, $3
    FROM taken JOIN users ON users.id = $1
        AND date_trunc('month', users.ai_messages_reset_at, 'UTC') = taken.period
    WHERE (
        SELECT count(*) FROM ai_message_ledger
        WHERE user_id = $1 AND kind = 'given_back' AND at > $3::timestamptz - interval '1 hour'
            AND period >= date_trunc('month', $3::timestamptz - interval '1 hour', 'UTC')
    ) < $4
    RETURNING period
)
UPDATE users SET ai_messages_used = ai_messages_used - 1
FROM returned WHERE users.id = $1
RETURNING users.id
"""


async def charge(connection: Any, user: UserId, message: MessageId) -> bool:
    """Charge a reserved message, in the current transaction; return whether this settled it."""
    return await connection.fetchrow(CHARGE, user, message) is not None


async def release(connection: Any, user: UserId, message: MessageId, at: datetime) -> bool:
    """Release a reserved message, in the current transaction; return whether it was refunded."""
    # The lock comes first: the month must not roll over between look and change.
    await connection.fetchrow(LOCK_USER, user)
    return await connection.fetchrow(RELEASE, user, message, at, MAX_RELEASES_PER_HOUR) is not None
