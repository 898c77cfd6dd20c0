"""An outage of Postgres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from typing import Final

import asyncpg

from sigmasight.adapters.postgres.engine import POOL_SIZE
from tests.integration.database_rows import Rows
from tests.integration.outages.database.sample_requests import ANN, SERVED, every_kind
from tests.integration.outages.database.stoppable_postgres import OwnPostgres
from tests.integration.polling import serves, until, wait_until
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import (
    Api,
    all_unavailable,
    at_once,
    outcomes,
    statuses,
)

UNAVAILABLE = "database_unavailable"

WAITING: Final = """
FROM pg_stat_activity WHERE application_name = 'sigmasight' AND wait_event_type = 'Lock'
"""


async def until_it_serves(api: Api) -> None:
    """Poll until the server is ready; it is not restarted."""
    await until(lambda: serves(api), "found its database again")


async def test_without_its_database_a_server_answers_every_request_with_a_retryable_503(
    api: Api, own: OwnPostgres
) -> None:
    with own.crashed():
        answers = await at_once(every_kind(api))
        again = await at_once(every_kind(api))

    assert statuses([*answers, *again]) == {503: 2 * len(SERVED)}
    assert all_unavailable([*answers, *again], UNAVAILABLE)
    await until_it_serves(api)


@asynccontextmanager
async def only_reading(own: OwnPostgres) -> AsyncIterator[None]:
    """Have the database refuse to write, as a standby does."""
    connection = await asyncpg.connect(own.dsn)
    try:
        await connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await connection.execute("SELECT pg_reload_conf()")
        yield
    finally:
        await connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()


async def until_it_only_reads(api: Api) -> None:
    async def is_unready() -> bool:
        return (await api.probe("/health/ready")).status_code == 503

    await until(is_unready, "refused to write")


async def test_a_database_that_only_reads_is_an_outage_for_what_writes(
    api: Api, own: OwnPostgres, rows: Rows
) -> None:
    await rows.add_user(ANN)
    body = {"name": "Savings", "account_name": "Broker"}

    async with only_reading(own):
        await until_it_only_reads(api)
        health = await api.probe("/health")
        me = await api.get("/auth/me", ANN.token())
        writes = [
            await api.post("/portfolios", ANN.token(), body),
            await api.post("/chat/conversations", ANN.token(), {}),
            await api.deliver(ANN.updated(1)),
        ]
    await until_it_serves(api)
    after = await api.post("/portfolios", ANN.token(), body)

    assert (health.status_code, health.json()["status"], me.status_code) == (200, "degraded", 200)
    assert statuses(writes) == {503: 3}
    assert all_unavailable(writes, UNAVAILABLE)
    assert after.status_code == 201


async def test_without_its_database_a_server_lives_but_is_not_ready(
    api: Api, own: OwnPostgres
) -> None:
    with own.crashed():
        health = await api.probe("/health")
        live = await api.probe("/health/live")
        ready = await api.probe("/health/ready")

    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert health.json()["checks"]["database"]["status"] == "failing"
    assert live.status_code == 200
    assert all_unavailable([ready], UNAVAILABLE)
    await until_it_serves(api)
    assert (await api.probe("/health")).json()["status"] == "healthy"


async def test_once_the_database_is_back_every_request_is_served_without_a_restart(
    api: Api, rows: Rows, own: OwnPostgres
) -> None:
    await rows.add_user(ANN)
    warm = await at_once(api.get("/portfolios", ANN.token()) for _ in range(40))
    with own.crashed():
        during = await at_once(every_kind(api))
    await until_it_serves(api)

    after = [await request for request in every_kind(api)]
    crowd = await at_once(api.get("/portfolios", ANN.token()) for _ in range(40))

    assert statuses(warm) == {200: 40}
    assert all_unavailable(during, UNAVAILABLE)
    assert [answer.status_code for answer in after] == SERVED
    assert statuses(crowd) == {200: 40}


async def test_an_unnoticed_outage_fails_no_request(api: Api, rows: Rows, own: OwnPostgres) -> None:
    await rows.add_user(ANN)
    warm = await at_once(api.get("/portfolios", ANN.token()) for _ in range(40))
    with own.crashed():
        pass

    after = await at_once(api.get("/portfolios", ANN.token()) for _ in range(40))

    assert statuses(warm) == {200: 40}
    assert statuses(after) == {200: 40}


async def test_a_webhook_refused_in_an_outage_counts_when_it_comes_again(
    api: Api, rows: Rows, own: OwnPostgres
) -> None:
    with own.crashed():
        refused = await api.deliver(ANN.created(), "msg_created")
    await until_it_serves(api)

    retried = [await api.deliver(ANN.created(), "msg_created") for _ in range(2)]

    assert all_unavailable([refused], UNAVAILABLE)
    assert [answer.json()["status"] for answer in retried] == ["received", "duplicate"]
    assert (await rows.user(ANN))["email"] == ANN.email


async def test_acknowledged_writes_survive_a_crash_and_nothing_is_half_done(
    api: Api, rows: Rows, own: OwnPostgres
) -> None:
    people = [a_person(f"p{number}") for number in range(40)]
    delivered = await at_once(
        api.deliver(p.created(), f"msg_{n}") for n, p in enumerate(people[:20])
    )
    before = await rows.users()

    async with inserts_stopped(own.dsn):
        under_way = asyncio.gather(
            *(api.deliver(p.created(), f"msg_{n}") for n, p in enumerate(people[20:], 20))
        )
        await until_all_connections_wait(rows)
        with own.crashed():
            refused = await under_way
    await until_it_serves(api)

    assert statuses(delivered) == {200: 20}
    assert all_unavailable(refused, UNAVAILABLE)
    assert await rows.users() == before
    assert await rows.count("FROM webhook_inbox") == 20
    retried = await at_once(api.deliver(p.created(), f"msg_{n}") for n, p in enumerate(people))
    assert outcomes(retried) == {"duplicate": 20, "received": 20}
    assert len(await rows.users()) == 40


@asynccontextmanager
async def inserts_stopped(dsn: str) -> AsyncIterator[None]:
    """Lock the table of users until the database is gone."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("BEGIN; LOCK TABLE users IN SHARE MODE")
        yield
    finally:
        connection.terminate()


async def until_all_connections_wait(rows: Rows) -> None:
    await wait_until(rows, WAITING, POOL_SIZE)


async def test_a_frozen_database_is_an_outage_and_never_a_hang(
    api: Api, rows: Rows, own: OwnPostgres
) -> None:
    await rows.add_user(ANN)
    warm = [await request for request in every_kind(api)]

    with own.frozen():
        answers, probes = await asyncio.gather(
            at_once(chain.from_iterable(every_kind(api) for _ in range(4))),
            at_once(map(api.probe, ("/health", "/health/ready"))),
        )
        live = await api.probe("/health/live")
    await until_it_serves(api)
    after = await at_once(api.get("/portfolios", ANN.token()) for _ in range(40))

    assert [answer.status_code for answer in warm] == SERVED
    assert all_unavailable([*answers, probes[1]], UNAVAILABLE)
    assert (probes[0].status_code, probes[0].json()["status"]) == (200, "degraded")
    assert live.status_code == 200
    assert statuses(after) == {200: 40}
