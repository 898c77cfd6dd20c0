"""Expired records in Postgres: each kind has an index by time, so that the rest is not read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.domain.maintenance.retention import ExpiredRecords, RecordKind

END_OF_MONTH: Final = """
(date_trunc('month', old.calculated_at AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
"""


class _Expired(NamedTuple):
    table: str
    key: tuple[str, ...]
    condition: str
    """Of `old`, a row of the table; $1 is the instant before which it has expired."""


EXPIRED: Final[Mapping[RecordKind, _Expired]] = {
    RecordKind.SNAPSHOTS: _Expired(
        "snapshots",
        ("user_id", "portfolio_id", "run_id"),
        f"""old.calculated_at < $1 AND EXISTS (
            SELECT FROM snapshots AS newer
            WHERE newer.user_id = old.user_id AND newer.portfolio_id = old.portfolio_id
              AND (newer.calculated_at, newer.run_id) > (old.calculated_at, old.run_id)
              AND newer.calculated_at < {END_OF_MONTH})""",
    ),
    RecordKind.CALCULATIONS: _Expired(
        "calculation_runs",
        ("user_id", "id"),
        """old.started_at < $1 AND old.status <> 'running' AND EXISTS (
            SELECT FROM calculation_runs AS newer
            WHERE newer.user_id = old.user_id AND newer.portfolio_id = old.portfolio_id
              AND (newer.started_at, newer.id) > (old.started_at, old.id))""",
    ),
    RecordKind.MAINTENANCE_RUNS: _Expired(
        "fixes", ("id",), "old.created_at < $1 AND old.status NOT IN ('pending', 'running')"
    ),
    RecordKind.MESSAGES: _Expired(
        "ai_message_ledger", ("user_id", "message_id", "kind"), "old.period < $1"
    ),
    RecordKind.IDEMPOTENCY_KEYS: _Expired("ai_message_keys", ("user_id", "key"), "old.at < $1"),
    RecordKind.WEBHOOKS: _Expired(
        "webhook_inbox",
        ("svix_id",),
        "old.received_at < $1 AND old.outcome NOT IN ('failed', 'waiting')",
    ),
    RecordKind.AUDIT: _Expired("audit_entries", ("number",), "old.at < $1"),
}


class PostgresExpiredRecords(ExpiredRecords):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, kind: RecordKind, before: datetime) -> int:
        driver = await raw_connection(self._session)
        count: int = await driver.fetchval(_count(EXPIRED[kind]), before)
        return count

    async def delete(self, kind: RecordKind, before: datetime, limit: int) -> int:
        driver = await raw_connection(self._session)
        deleted: int = await driver.fetchval(_delete(EXPIRED[kind]), before, limit)
        return deleted


def _count(expired: _Expired) -> str:
    return f"SELECT count(*) FROM {expired.table} AS old WHERE {expired.condition}"  # noqa: S608  constants


def _delete(expired: _Expired) -> str:
    """Return a statement that chooses the rows once; `IN (… LIMIT)` might choose again for each."""
    key = ", ".join(expired.key)
    same = " AND ".join(f"expired.{name} = chosen.{name}" for name in expired.key)
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT {key} FROM {expired.table} AS old
            WHERE {expired.condition} LIMIT $2 FOR UPDATE SKIP LOCKED
        ), deleted AS (
            DELETE FROM {expired.table} AS expired USING chosen WHERE {same} RETURNING 1
        ) SELECT count(*) FROM deleted
    """  # noqa: S608  nothing but constants of this module
