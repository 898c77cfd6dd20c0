"""A server killed in the middle of its work: what it was doing happened whole, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.integration.database_rows import Rows
from tests.integration.polling import wait_until
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, client_of, outcomes
from tests.support.servers.api_servers import Server, running

ANN = a_person("ann")
WAITING = """
FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'sigmasight' AND wait_event_type = 'Lock'
"""
AT_WORK = """
FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'sigmasight' AND backend_xid IS NOT NULL
"""


@pytest.fixture
def killable_server(dsn: str, tmp_path: Path) -> Iterator[Server]:
    with running(1, dsn, tmp_path) as [server]:
        yield server


@asynccontextmanager
async def held(pool: asyncpg.Pool, clerk_user_id: str) -> AsyncIterator[None]:
    """Lock a user's row, so that work on it blocks in the middle."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT FROM users WHERE clerk_user_id = $1 FOR UPDATE", clerk_user_id
        )
        yield


async def test_an_interrupted_webhook_leaves_nothing_and_can_be_redelivered(
    killable_server: Server, api: Api, rows: Rows, pool: asyncpg.Pool
) -> None:
    await api.deliver(ANN.created(), "msg_created")
    before = await rows.everything()
    moved = ANN.with_email("moved@example.com").updated(10)

    async with client_of(killable_server) as cut_off, held(pool, ANN.id):
        delivery = asyncio.create_task(cut_off.deliver(moved, "msg_updated"))
        await wait_until(rows, WAITING, 1)
        killable_server.kill()
        with pytest.raises(httpx.TransportError):
            await delivery
    await wait_until(rows, AT_WORK, 0)
    left = await rows.everything(), await rows.count("FROM webhook_inbox")
    retried = await api.deliver(moved, "msg_updated")

    assert left == (before, 1)
    assert retried.json()["status"] == "received"
    assert (await rows.user(ANN))["email"] == "moved@example.com"


async def test_of_many_webhooks_in_progress_each_is_applied_fully_or_not_at_all(
    killable_server: Server, api: Api, rows: Rows
) -> None:
    people = [a_person(f"p{number}") for number in range(80)]

    async def deliver(number: int) -> int | None:
        try:
            return (await cut_off.deliver(people[number].created(), f"msg_{number}")).status_code
        except httpx.TransportError:
            return None
        finally:
            if number == 20:
                killable_server.kill()

    async with client_of(killable_server) as cut_off:
        answers = await asyncio.gather(*(deliver(number) for number in range(len(people))))
    await wait_until(rows, AT_WORK, 0)

    delivered = {person.id for person, answer in zip(people, answers, strict=True) if answer == 200}
    kept = {row["clerk_user_id"] for row in await rows.users()}
    inbox = {row["svix_id"] for row in await rows.all("SELECT svix_id FROM webhook_inbox")}
    assert set(answers) <= {200, None}
    assert delivered <= kept
    assert inbox == {f"msg_{n}" for n, person in enumerate(people) if person.id in kept}
    retried = await at_once(api.deliver(p.created(), f"msg_{n}") for n, p in enumerate(people))
    assert outcomes(retried)["received"] == len(people) - len(kept)
    assert len(await rows.users()) == len(people)
