"""Health checks of the database: that it answers, its schema, and failed webhooks."""

from datetime import timedelta
from typing import Final

import asyncpg
from alembic.script import ScriptDirectory

from sigmasight.adapters.postgres import MIGRATIONS
from sigmasight.adapters.postgres.engine import CONNECT_TIMEOUT, translate_outages
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.health import Check, CheckResult, MigrationsPendingError, Schema
from sigmasight.domain.kernel import Clock, DatabaseReadOnlyError, DatabaseUnavailableError

UNHANDLED_FOR: Final = timedelta(minutes=5)
REVISION: Final = """
SELECT version_num, current_setting('transaction_read_only')::bool AS is_read_only
FROM alembic_version
"""
FAILED: Final = """
SELECT count(*) AS failed, min(received_at) AS oldest FROM webhook_inbox WHERE outcome = $1
"""


class PostgresSchema(Schema):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._head = ScriptDirectory(str(MIGRATIONS)).get_current_head()

    async def require_current(self) -> None:
        try:
            with translate_outages():
                async with self._pool.acquire(timeout=CONNECT_TIMEOUT) as connection:
                    row = await connection.fetchrow(REVISION)
        except asyncpg.UndefinedTableError as error:
            raise MigrationsPendingError from error
        if row is None or row["version_num"] != self._head:
            raise MigrationsPendingError
        if row["is_read_only"]:
            raise DatabaseReadOnlyError


class DatabaseCheck(Check):
    name = "database"

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    async def run(self) -> CheckResult:
        try:
            await self._schema.require_current()
        except (DatabaseUnavailableError, MigrationsPendingError) as error:
            return CheckResult(ok=False, facts={"error": error.code})
        return CheckResult(ok=True)


class WebhooksCheck(Check):
    """Fails once a failed webhook has not been handled for five minutes."""

    name = "webhooks"

    def __init__(self, pool: asyncpg.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def run(self) -> CheckResult:
        try:
            with translate_outages():
                async with self._pool.acquire(timeout=CONNECT_TIMEOUT) as connection:
                    row = await connection.fetchrow(FAILED, DeliveryOutcome.FAILED.value)
        except DatabaseUnavailableError as error:
            return CheckResult(ok=False, facts={"error": error.code})
        except asyncpg.UndefinedTableError:
            return CheckResult(ok=False, facts={"error": MigrationsPendingError.code})
        age = self._clock.now() - row["oldest"] if row["oldest"] else timedelta()
        return CheckResult(
            ok=age < UNHANDLED_FOR,
            facts={"failed": row["failed"], "oldest_failed_seconds": int(age.total_seconds())},
        )
