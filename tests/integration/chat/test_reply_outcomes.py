"""Every way a reply can end, with real sockets, a real Postgres and a failing model."""

import asyncio
import signal
from typing import Any

import httpx
import psutil
import pytest

from sigmasight.domain.access.usage import MAX_RELEASES_PER_HOUR
from tests.integration.chat.chat_client import StreamingRequest, send_all, start_conversation
from tests.integration.database_rows import Rows
from tests.integration.polling import wait_until
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_servers import Server, running
from tests.support.servers.model_behaviours import BEHAVIOURS, PIECES
from tests.support.servers.model_server import ModelServer

ANN = a_person("ann")
WHOLE = {"ok", "slow", "no-usage", "lingers", "odd"}
OPEN = "FROM ai_message_reservations"
CHARGED = "FROM chat_exchanges WHERE state IN ('partial', 'complete')"
LEDGER = "SELECT coalesce(sum(amount), 0) AS sum FROM ai_message_ledger"


async def exchange_of(rows: Rows, text: str) -> Any:
    found = await rows.all("SELECT * FROM chat_exchanges")
    return next(row for row in found if row["question"] == text)


async def counts(rows: Rows) -> tuple[int, int, int]:
    """Return the counter, the ledger's sum, and how many answers were charged."""
    [user] = await rows.all("SELECT ai_messages_used AS used FROM users")
    [ledger] = await rows.all(LEDGER)
    return user["used"], ledger["sum"], await rows.count(CHARGED)


async def test_whatever_the_model_does_a_message_counts_if_and_only_if_text_arrived(
    impatient_server: Server, model: ModelServer, rows: Rows
) -> None:
    server = impatient_server
    await rows.add_user(ANN, tier="paid")
    token, conversation = ANN.token(), await start_conversation(server, ANN)
    texts = [f"behave: {behaviour}" for behaviour in BEHAVIOURS]

    answers: list[Any] = []
    for start in range(0, len(texts), MAX_RELEASES_PER_HOUR):
        some = texts[start : start + MAX_RELEASES_PER_HOUR]
        answers += await send_all(
            StreamingRequest(server, token, conversation, text) for text in some
        )
        await rows.all("UPDATE ai_message_ledger SET at = at - interval '1 hour' RETURNING at")

    for behaviour, answer in zip(BEHAVIOURS, answers, strict=True):
        name, end = answer.end
        stored = await exchange_of(rows, f"behave: {behaviour}")
        assert (answer.status, stored["answer"]) == (200, answer.text), behaviour
        if name == "done":
            assert stored["state"] == "complete", behaviour
        else:
            assert stored["state"] == ("partial" if answer.text else "failed"), behaviour
            assert end["refunded"] is (answer.text == "") is stored["refunded"], behaviour
        assert "secret" not in answer.body
        assert name == "done" or behaviour not in WHOLE
    used, ledger, answered = await counts(rows)
    assert used == ledger == answered
    assert await rows.count(OPEN) == 0
    await model.is_quiet()


async def test_disconnecting_at_any_byte_leaves_nothing_open(
    server: Server, model: ModelServer, rows: Rows
) -> None:
    await rows.add_user(ANN, tier="paid")
    token, conversation = ANN.token(), await start_conversation(server, ANN)
    lengths = [*range(200), *range(200, 1_600, 50)]

    places = asyncio.Semaphore(50)

    async def disconnect_after(length: int) -> None:
        async with places:
            request = StreamingRequest(server, token, conversation, "behave: slow")
            await request.send()
            await request.read(length)
            request.disconnect()

    await asyncio.gather(*(disconnect_after(length) for length in lengths))

    await wait_until(rows, OPEN, 0, tries=400)
    await wait_until(rows, "FROM chat_exchanges WHERE state = 'pending'", 0, tries=400)
    used, ledger, answered = await counts(rows)
    assert used == ledger == answered
    assert await rows.count("FROM chat_exchanges WHERE refunded <> (state = 'failed')") == 0
    assert await rows.count("FROM chat_exchanges WHERE state = 'failed' AND answer <> ''") == 0
    await model.is_quiet()


async def test_a_stopping_server_ends_its_streams_and_settles_them(
    server: Server, rows: Rows
) -> None:
    await rows.add_user(ANN)
    token, conversation = ANN.token(), await start_conversation(server, ANN)
    started = StreamingRequest(server, token, conversation, "behave: stalls")
    silent = StreamingRequest(server, token, conversation, "behave: never")
    for request, word in ((started, PIECES[1]), (silent, "event: start")):
        await request.send()
        await request.read(until=word)

    server.process.send_signal(signal.SIGTERM)
    for request in (started, silent):
        await request.read()

    assert await asyncio.to_thread(server.process.wait, 10) is not None
    for request, refunded in ((started, b"false"), (silent, b"true")):
        end = request.received.split(b"event: ")[-1]
        assert end.startswith(b"error")
        assert b'"retryable":true,"refunded":' + refunded in end
    assert await rows.count(OPEN) == 0
    assert (await counts(rows))[:2] == (1, 1)


async def test_the_reservation_of_a_killed_server_is_released_by_the_next_one(
    server: Server, rows: Rows, dsn: str, model: ModelServer
) -> None:
    await rows.add_user(ANN)
    request = StreamingRequest(
        server, ANN.token(), await start_conversation(server, ANN), "behave: stalls", key="k"
    )
    await request.send()
    await request.read(until=PIECES[1])

    server.kill()
    request.disconnect()
    assert await rows.count(OPEN) == 1
    await rows.all("UPDATE ai_message_reservations SET expires_at = now() RETURNING user_id")
    with running(1, dsn, server.directory, OPENAI_BASE_URL=model.url) as [next_server]:
        await wait_until(rows, OPEN, 0, tries=400)
        again = await StreamingRequest(
            next_server, request.token, request.conversation, "behave: ok"
        ).reply()

    assert again.end[0] == "done"
    assert await counts(rows) == (1, 1, 1)


@pytest.fixture(
    params=[200, pytest.param(1_000, marks=pytest.mark.long("a thousand open sockets"))]
)
async def open_streams(
    request: pytest.FixtureRequest, server: Server, rows: Rows
) -> list[StreamingRequest]:
    """Many clients in the middle of a reply."""
    await rows.add_user(ANN, tier="paid")
    token, conversation = ANN.token(), await start_conversation(server, ANN)
    places = asyncio.Semaphore(25)

    async def open_stream() -> StreamingRequest:
        async with places:
            while True:  # a busy machine lets a model's first piece come too late, now and then
                stream = StreamingRequest(server, token, conversation, "behave: stalls")
                await stream.send()
                await stream.read(until=PIECES[1])
                if PIECES[1].encode() in stream.received:
                    return stream

    return await asyncio.gather(*(open_stream() for _ in range(request.param)))


async def test_many_open_streams_leave_room_for_other_requests(
    server: Server, open_streams: list[StreamingRequest], rows: Rows, model: ModelServer
) -> None:
    me = await asyncio.to_thread(_status_of_me, server)

    megabytes = psutil.Process(server.process.pid).memory_info().rss / 2**20
    busy = await rows.count(
        "FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'sigmasight' AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    for stream in open_streams:
        stream.disconnect()
    await wait_until(rows, OPEN, 0, tries=400)

    assert me == 200
    assert megabytes < 300
    assert busy == 0
    assert await counts(rows) == (len(open_streams), len(open_streams), len(open_streams))
    await model.is_quiet()


def _status_of_me(server: Server) -> int:
    return httpx.get(
        f"{server.url}/api/v1/auth/me",
        headers={"Authorization": f"Bearer {ANN.token()}"},
        timeout=10,
    ).status_code
