"""The figures that metrics have of the database."""

from datetime import timedelta

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.jobs import PgqueuerJobQueue, PgqueuerJobs
from sigmasight.adapters.postgres.engine import create_engine, create_pool
from sigmasight.adapters.postgres.meters import ConnectionsMeter, JobsMeter, WebhooksMeter
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.health import Meters, Reading
from sigmasight.domain.jobs import JobKind
from sigmasight.domain.kernel import new_id
from tests.integration.database_rows import Rows
from tests.support.servers.api_servers import free_port

HOUR = timedelta(hours=1).total_seconds()


def values(readings: list[Reading]) -> dict[str, float]:
    return {" ".join([each.name, *each.labels.values()]): each.value for each in readings}


async def test_webhooks_that_are_not_settled_are_counted_with_the_age_of_the_oldest(
    pool: asyncpg.Pool, rows: Rows
) -> None:
    await rows.put_webhook("msg_1", b"{}")
    await rows.put_webhook("msg_2", b"{}")
    await rows.put_webhook("msg_3", b"{}", outcome=DeliveryOutcome.RECEIVED.value)
    await pool.execute("UPDATE webhook_inbox SET received_at = now() - interval '1 hour'")

    read = values([*await WebhooksMeter(pool).read()])

    assert read["webhooks_unsettled failed"] == 2
    assert read["webhooks_lag_seconds failed"] >= HOUR
    assert read["webhooks_unsettled waiting"] == read["webhooks_lag_seconds waiting"] == 0


async def test_jobs_are_counted_as_queued_until_a_worker_has_them(
    pool: asyncpg.Pool, session: AsyncSession
) -> None:
    queue = PgqueuerJobQueue(session)
    await queue.put(JobKind.CALCULATE, [(new_id(),), (new_id(),)], low_priority=False)
    await session.commit()

    before = values([*await JobsMeter(pool).read()])
    await PgqueuerJobs(pool).claim(1)
    after = values([*await JobsMeter(pool).read()])

    assert (before["jobs queued"], before["jobs running"]) == (2, 0)
    assert (after["jobs queued"], after["jobs running"]) == (1, 1)
    assert before["jobs_lag_seconds"] >= 0


async def test_while_the_database_is_down_the_other_meters_go_on() -> None:
    nowhere = f"postgresql://127.0.0.1:{free_port()}/none?sslmode=disable"
    async with create_pool(nowhere) as pool:
        meters = Meters([JobsMeter(pool), ConnectionsMeter(pool, create_engine(nowhere))])

        read = values([*await meters()])

    assert read == {
        "database_connections statements busy": 0,
        "database_connections statements idle": 0,
        "database_connections sessions busy": 0,
        "database_connections sessions idle": 0,
    }
