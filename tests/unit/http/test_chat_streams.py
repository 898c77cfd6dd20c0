"""POST /chat/send: open streams, disconnecting clients and stopping servers."""

import asyncio
from typing import Any

import pytest

from sigmasight.entrypoints.http import chat_events, open_streams
from tests.support.builders.users import ANNS_ID
from tests.support.event_stream import Listener, events_of
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.chat_requests import *  # noqa: F403  fixtures
from tests.unit.http.chat_requests import IN_MS, QUESTION, send, text_of


async def test_a_concurrent_retry_waits_for_the_first_answer(
    api: InMemoryApplication, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_streams, "POLL_SECONDS", 0.001)
    api.model.gate.clear()
    many = [asyncio.create_task(send(api, conversation, "k")) for _ in range(50)]
    await api.model.asked.wait()
    api.model.gate.set()

    reported = [events_of((await each).text) for each in many]

    assert {text_of(events) for events in reported} == {"All is well."}
    assert len({events[0][1]["run_id"] for events in reported}) == 1
    assert (api.store.used_messages(ANNS_ID), len(api.model.questions)) == (1, 1)


async def test_a_heartbeat_is_sent_while_the_model_thinks(
    api: InMemoryApplication, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chat_events.HEARTBEAT_SECONDS < 15
    monkeypatch.setattr(chat_events, "HEARTBEAT_SECONDS", 0.001)
    api.model.gate.clear()
    listener = Listener(api)
    sending = asyncio.create_task(
        listener.send({"conversation_id": conversation, "text": QUESTION})
    )

    await listener.hears("event: heartbeat")
    api.model.gate.set()
    await sending

    assert listener.events[-1][0] == "done"
    assert ("heartbeat", {"timestamp": IN_MS}) in listener.events


@pytest.mark.parametrize("count", range(200))
async def test_disconnecting_at_any_byte_leaves_everything_settled(
    api: InMemoryApplication, conversation: str, count: int
) -> None:
    listener = Listener(api, hangs_up_after=count)

    await listener.send({"conversation_id": conversation, "text": QUESTION})
    running = await api.answers()
    await running.settled(within=5)

    [exchange] = api.store.exchanges.values()
    assert api.store.used_messages(ANNS_ID) == (1 if exchange.answer else 0)
    assert exchange.refunded is not exchange.is_charged
    assert (api.store.open_reservations, api.model.open) == (0, 0)


async def test_a_client_that_disconnects_stops_the_model(
    api: InMemoryApplication, conversation: str
) -> None:
    listener = Listener(api)
    api.model.pieces = ("One ", "two ")
    api.model.gate.set()
    sending = asyncio.create_task(
        listener.send({"conversation_id": conversation, "text": QUESTION})
    )
    await listener.hears("One ")
    api.model.gate.clear()

    listener.hang_up()
    await sending
    await (await api.answers()).settled(within=5)

    assert (api.model.open, api.store.open_reservations, api.store.used_messages(ANNS_ID)) == (
        0,
        0,
        1,
    )


async def test_a_stopping_server_ends_every_stream_with_a_retryable_error(
    api: InMemoryApplication, conversation: str
) -> None:
    api.model.gate.clear()
    listener = Listener(api)
    sending = asyncio.create_task(
        listener.send({"conversation_id": conversation, "text": QUESTION})
    )
    await listener.hears("event: start")

    (await api.answers()).cancel_all()
    await sending

    name, error = listener.events[-1]
    assert (name, error["data"]["retryable"], error["data"]["refunded"]) == ("error", True, True)
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations, api.model.open) == (
        0,
        0,
        0,
    )


async def test_a_client_that_stops_reading_is_disconnected(
    api: InMemoryApplication, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigmasight.entrypoints.http.streaming.STALLED_SECONDS", 0.01)
    listener = Listener(api)

    async def stuck(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    listener._take = stuck  # type: ignore[method-assign]  # noqa: SLF001  a client that is stuck
    await listener.send({"conversation_id": conversation, "text": QUESTION})
    await (await api.answers()).settled(within=5)

    assert (api.store.open_reservations, api.model.open) == (0, 0)
