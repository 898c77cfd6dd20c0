"""Health checks of the database: that it answers, its schema, failed webhooks, unlisted plans."""

from abc import abstractmethod
from datetime import timedelta
from typing import Any, Final

import asyncpg
from alembic.script import ScriptDirectory

from sigmasight.adapters.postgres import MIGRATIONS
from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.domain.billing import Plans
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.health import Check, CheckResult, MigrationsPendingError, Schema
from sigmasight.domain.kernel import Clock, DatabaseReadOnlyError, DatabaseUnavailableError

UNHANDLED_FOR: Final = timedelta(minutes=5)
REVISION: Final = """
SELECT version_num, current_setting('transaction_read_only')::bool AS is_read_only
FROM alembic_version
"""
UNLISTED: Final = """
SELECT ARRAY(
    SELECT DISTINCT plan FROM clerk_subscription_items
    WHERE charged AND status = 'active' AND plan <> ALL($1) ORDER BY plan LIMIT 10
) AS plans
"""
FAILED: Final = """
SELECT count(*) AS failed, min(received_at) AS oldest FROM webhook_inbox WHERE outcome = $1
"""


class PostgresSchema(Schema):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        scripts = ScriptDirectory(str(MIGRATIONS))
        known = {each.revision for each in scripts.walk_revisions()}
        self._older = known - {*scripts.get_heads()}

    async def require_current(self) -> None:
        try:
            row = await fetch_row(self._pool, REVISION)
        except asyncpg.UndefinedTableError as error:
            raise MigrationsPendingError from error
        if row is None or row["version_num"] in self._older:
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


class QueryCheck(Check):
    """Judges the one row of a query."""

    query: tuple[str, Any]
    """The statement and its argument."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @abstractmethod
    def judge(self, row: asyncpg.Record) -> CheckResult:
        """Return the result for the row."""

    async def run(self) -> CheckResult:
        try:
            row = await fetch_row(self._pool, *self.query)
        except DatabaseUnavailableError as error:
            return CheckResult(ok=False, facts={"error": error.code})
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
            return CheckResult(ok=False, facts={"error": MigrationsPendingError.code})
        return self.judge(row)


class WebhooksCheck(QueryCheck):
    """Fails once a failed webhook has not been handled for five minutes."""

    name = "webhooks"
    query = FAILED, DeliveryOutcome.FAILED.value

    def __init__(self, pool: asyncpg.Pool, clock: Clock) -> None:
        super().__init__(pool)
        self._clock = clock

    def judge(self, row: asyncpg.Record) -> CheckResult:
        age = self._clock.now() - row["oldest"] if row["oldest"] else timedelta()
        return CheckResult(
            ok=age < UNHANDLED_FOR,
            facts={"failed": row["failed"], "oldest_failed_seconds": int(age.total_seconds())},
        )


class BillingCheck(QueryCheck):
    """Names the plans that somebody pays for and that give no paid tier."""

    name = "billing"

    def __init__(self, pool: asyncpg.Pool, plans: Plans) -> None:
        super().__init__(pool)
        self.query = UNLISTED, sorted(plans.paid)

    def judge(self, row: asyncpg.Record) -> CheckResult:
        return CheckResult(ok=True, facts={"unlisted_plans": row["plans"]})
