"""Figures of the database for metrics: connections, webhooks, jobs and plans."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.adapters.postgres.health import BillingCheck
from sigmasight.adapters.postgres.queue import SETTINGS
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.health import Meter, MigrationsPendingError, Reading

UNSETTLED: Final = (DeliveryOutcome.FAILED.value, DeliveryOutcome.WAITING.value)
WEBHOOKS: Final = """
SELECT count(*) FILTER (WHERE outcome = 'failed') AS failed,
    count(*) FILTER (WHERE outcome = 'waiting') AS waiting,
    extract(epoch FROM now() - min(received_at) FILTER (WHERE outcome = 'failed')) AS failed_lag,
    extract(epoch FROM now() - min(received_at) FILTER (WHERE outcome = 'waiting')) AS waiting_lag
FROM webhook_inbox WHERE outcome = ANY($1)
"""
JOBS: Final = f"""
SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
    count(*) FILTER (WHERE status = 'picked') AS running,
    extract(epoch FROM now() - min(created) FILTER (WHERE status = 'queued')) AS lag
FROM {SETTINGS.qualified.queue_table}
"""  # noqa: S608  a constant's name


class ConnectionsMeter(Meter):
    """Counts the connections of this process; asks the database nothing."""

    def __init__(self, pool: asyncpg.Pool, engine: AsyncEngine) -> None:
        self._pool = pool
        self._engine = engine

    async def read(self) -> Sequence[Reading]:
        sessions: Any = self._engine.pool
        idle = self._pool.get_idle_size()
        return [
            _connections("statements", "busy", self._pool.get_size() - idle),
            _connections("statements", "idle", idle),
            _connections("sessions", "busy", sessions.checkedout()),
            _connections("sessions", "idle", sessions.checkedin()),
        ]


class WebhooksMeter(Meter):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def read(self) -> Sequence[Reading]:
        row = await _row(self._pool, WEBHOOKS, UNSETTLED)
        return [
            reading
            for outcome in UNSETTLED
            for reading in (
                Reading("webhooks_unsettled", row[outcome], {"outcome": outcome}),
                Reading(
                    "webhooks_lag_seconds", float(row[f"{outcome}_lag"] or 0), {"outcome": outcome}
                ),
            )
        ]


class JobsMeter(Meter):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def read(self) -> Sequence[Reading]:
        row = await _row(self._pool, JOBS)
        return [
            Reading("jobs", row["queued"], {"state": "queued"}),
            Reading("jobs", row["running"], {"state": "running"}),
            Reading("jobs_lag_seconds", float(row["lag"] or 0)),
        ]


class PlansMeter(Meter):
    def __init__(self, check: BillingCheck) -> None:
        self._check = check

    async def read(self) -> Sequence[Reading]:
        plans = (await self._check.run()).facts.get("unlisted_plans")
        return [] if plans is None else [Reading("unlisted_plans_paid", len(plans))]


async def _row(pool: asyncpg.Pool, statement: str, *arguments: object) -> Any:
    try:
        return await fetch_row(pool, statement, *arguments)
    except asyncpg.UndefinedTableError as error:
        raise MigrationsPendingError from error


def _connections(pool: str, state: str, count: int) -> Reading:
    return Reading("database_connections", count, {"pool": pool, "state": state})
