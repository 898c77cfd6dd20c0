"""Granted messages in Postgres: each question one statement."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import msgspec

from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows
from sigmasight.adapters.postgres.identity import counter_of
from sigmasight.domain.access.grants import Grant, GrantId, GrantLedger
from sigmasight.domain.access.usage import MessageCounter, period_start
from sigmasight.domain.audit import AuditEntry
from sigmasight.domain.kernel import UserId

GRANT: Final = """
WITH noted AS (
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, reason, at)
    SELECT id, $2, 'granted', $5, date_trunc(
        'month', CASE WHEN ai_messages_reset_at < $4 THEN $3 ELSE ai_messages_reset_at END, 'UTC'
    ), $6, $3
    FROM users WHERE id = $1 FOR NO KEY UPDATE
    ON CONFLICT DO NOTHING RETURNING user_id
), audited AS (
    INSERT INTO audit_entries (at, actor, action, subject, details)
    SELECT $3, $7, $8, $9, $10::jsonb FROM noted
)
UPDATE users SET
    ai_messages_used = CASE WHEN ai_messages_reset_at < $4 THEN 0 ELSE ai_messages_used END,
    ai_messages_granted = $5 + CASE WHEN ai_messages_reset_at < $4 THEN 0
                                    ELSE ai_messages_granted END,
    ai_messages_reset_at = CASE WHEN ai_messages_reset_at < $4 THEN $3
                                ELSE ai_messages_reset_at END
FROM noted WHERE id = noted.user_id
RETURNING ai_messages_used, ai_messages_reset_at, ai_messages_granted
"""
REVOKE: Final = """
WITH noted AS (
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, at)
    SELECT user_id, message_id, 'grant_revoked', -amount, period, $3
    FROM ai_message_ledger WHERE user_id = $1 AND message_id = $2 AND kind = 'granted'
    ON CONFLICT DO NOTHING RETURNING user_id, amount, period
), audited AS (
    INSERT INTO audit_entries (at, actor, action, subject, details)
    SELECT $3, $4, $5, $6, $7::jsonb FROM noted
), changed AS (
    UPDATE users SET ai_messages_granted = ai_messages_granted + noted.amount
    FROM noted
    WHERE id = noted.user_id
      AND date_trunc('month', ai_messages_reset_at, 'UTC') = noted.period
)
SELECT 1 FROM noted
"""
LIST: Final = """
SELECT granted.message_id, granted.amount, granted.reason, granted.at, EXISTS (
    SELECT 1 FROM ai_message_ledger AS later
    WHERE later.user_id = $1 AND later.message_id = granted.message_id
      AND later.kind = 'grant_revoked'
) AS revoked
FROM ai_message_ledger AS granted
WHERE granted.user_id = $1 AND granted.kind = 'granted'
ORDER BY granted.at DESC, granted.message_id
"""


class PostgresGrantLedger(GrantLedger):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, user: UserId, grant: Grant, entry: AuditEntry) -> MessageCounter | None:
        row = await fetch_row(
            self._pool,
            GRANT,
            user,
            grant.id,
            grant.at,
            period_start(grant.at),
            grant.count,
            grant.reason,
            *_columns(entry),
        )
        return None if row is None else counter_of(row)

    async def revoke(self, user: UserId, grant: Grant, entry: AuditEntry) -> bool:
        row = await fetch_row(self._pool, REVOKE, user, grant.id, entry.at, *_columns(entry))
        return row is not None

    async def list(self, user: UserId) -> Sequence[Grant]:
        return [
            Grant(
                id=GrantId(row["message_id"]),
                count=row["amount"],
                reason=row["reason"],
                at=row["at"],
                revoked=row["revoked"],
            )
            for row in await fetch_rows(self._pool, LIST, user)
        ]


def _columns(entry: AuditEntry) -> tuple[Any, ...]:
    details = msgspec.json.encode(entry.details).decode()
    return entry.actor, entry.action.value, entry.subject, details
