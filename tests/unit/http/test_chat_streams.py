"""POST /chat/send: open streams, disconnecting clients and stopping servers."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from sigmasight.domain.assistant.exchanges import AnswerState, Exchange
from sigmasight.entrypoints.http import chat_events, open_streams
from tests.support.builders.users import ANNS_ID
from tests.support.event_stream import Listener, events_of
from tests.support.fakes.conversations import InMemoryExchanges
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
    asked = bool(api.model.questions)
    assert api.store.used_messages(ANNS_ID) == asked
    assert (exchange.is_charged, exchange.refunded) == (asked, not asked)
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


async def test_leaving_after_the_model_was_asked_uses_the_message(
    api: InMemoryApplication, conversation: str
) -> None:
    api.model.gate.clear()
    listener = Listener(api)
    sending = asyncio.create_task(
        listener.send({"conversation_id": conversation, "text": QUESTION})
    )
    await api.model.asked.wait()

    with capture_logs() as logged:
        listener.hang_up()
        await sending
        await (await api.answers()).settled(within=5)

    [exchange] = api.store.exchanges.values()
    assert (exchange.was_left, exchange.answer, exchange.refunded) == (True, "", False)
    assert api.store.used_messages(ANNS_ID) == 1
    assert (api.store.open_reservations, api.model.open) == (0, 0)
    assert [each["event"] for each in logged if "answer" in each["event"]] == []
    assert "client_left" in [each["event"] for each in logged]


async def test_leaving_while_the_answer_is_settled_uses_the_message(
    api: InMemoryApplication, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settling, go_on = asyncio.Event(), asyncio.Event()
    settle = InMemoryExchanges.settle

    async def slow(self: InMemoryExchanges, exchange: Exchange, at: datetime) -> Exchange:
        settling.set()
        await go_on.wait()
        return await settle(self, exchange, at)

    monkeypatch.setattr(InMemoryExchanges, "settle", slow)
    listener = Listener(api)
    sending = asyncio.create_task(
        listener.send({"conversation_id": conversation, "text": QUESTION})
    )
    await settling.wait()

    listener.hang_up()
    await sending
    go_on.set()
    await (await api.answers()).settled(within=5)

    [exchange] = api.store.exchanges.values()
    assert (exchange.state, api.store.used_messages(ANNS_ID)) == (AnswerState.COMPLETE, 1)
    assert api.store.open_reservations == 0


async def test_a_repeated_request_learns_that_the_first_one_was_left(
    api: InMemoryApplication, conversation: str
) -> None:
    api.model.gate.clear()
    listener = Listener(api)
    body = {"conversation_id": conversation, "text": QUESTION}
    sending = asyncio.create_task(listener.send(body, key="k"))
    await api.model.asked.wait()
    listener.hang_up()
    await sending
    await (await api.answers()).settled(within=5)

    events = events_of((await send(api, conversation, "k")).text)

    name, error = events[-1]
    assert (name, error["data"]["error_type"]) == ("error", "NETWORK_ERROR")
    assert (error["data"]["retryable"], error["data"]["refunded"]) == (True, False)
    assert (len(api.model.questions), api.store.used_messages(ANNS_ID)) == (1, 1)
