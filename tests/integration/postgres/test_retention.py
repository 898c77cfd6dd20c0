"""Expired records, deleted by several workers at once, and what the database refuses."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from dishka import AsyncContainer

from sigmasight.domain.maintenance.retention import STEP, ApplyRetention, RecordKind
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.worker import Pace, Worker
from tests.integration.database_rows import Rows
from tests.integration.jobs.worker import settings_of
from tests.integration.polling import wait_until

WEBHOOKS = """
INSERT INTO webhook_inbox (svix_id, type, outcome, attempted_at, received_at, body)
SELECT 'msg_' || number, 'x', 'received', '2020-01-01', '2020-01-01', '{}'
FROM generate_series(1, $1) AS number
"""
ENTRY = """
INSERT INTO audit_entries (at, actor, action, details)
VALUES (now() - $1 * interval '1 day', 'clerk', 'tier_changed', '{}')
"""


@pytest.fixture
async def container(dsn: str) -> AsyncIterator[AsyncContainer]:
    container = build_container(settings_of(dsn))
    yield container
    await container.close()


async def step(container: AsyncContainer) -> int:
    async with container() as scope:
        return await (await scope.get(ApplyRetention)).step(RecordKind.WEBHOOKS)


async def test_workers_that_delete_at_once_take_different_records(
    container: AsyncContainer, rows: Rows, pool: asyncpg.Pool
) -> None:
    await pool.execute(WEBHOOKS, 5 * STEP // 2)

    deleted = await asyncio.gather(*(step(container) for _ in range(3)))

    assert sum(deleted) == 5 * STEP // 2
    assert max(deleted) <= STEP
    assert await rows.count("FROM webhook_inbox") == 0


async def test_a_worker_deletes_what_has_expired_in_steps(
    container: AsyncContainer, rows: Rows, pool: asyncpg.Pool
) -> None:
    await pool.execute(WEBHOOKS, 2 * STEP)
    worker = Worker(container, Pace(between_steps=0))
    running = asyncio.create_task(worker.run())

    await wait_until(rows, "FROM webhook_inbox", 0)

    worker.stop()
    await running


@pytest.mark.parametrize(("age", "left"), [(364, 1), (366, 0)])
async def test_an_entry_of_the_audit_trail_stays_a_year_whoever_deletes(
    rows: Rows, pool: asyncpg.Pool, age: int, left: int
) -> None:
    await pool.execute(ENTRY, age)

    if left:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await pool.execute("DELETE FROM audit_entries")
    else:
        await pool.execute("DELETE FROM audit_entries")

    assert await rows.count("FROM audit_entries") == left
