"""POST /chat/send: the events of an answer, what they cost, and every way it can end."""

from typing import Any
from uuid import uuid4

import pytest
from structlog.typing import EventDict

from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.assistant.language_model import MESSAGES, AiUnavailableError, ModelFailure
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID, a_user, bob
from tests.support.event_stream import events_of
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.chat_requests import *  # noqa: F403  fixtures
from tests.unit.http.chat_requests import IN_MS, send, text_of


async def test_an_answer_is_streamed_as_events_in_the_order_of_the_contract(
    api: InMemoryApplication, conversation: str
) -> None:
    answer = await send(api, conversation)

    events = events_of(answer.text)
    [created, start, *tokens, done] = [data for _, data in events]
    run = created["run_id"]
    assert answer.status_code == 200
    assert [name for name, _ in events] == ["message_created", "start", *["token"] * 3, "done"]
    assert created["conversation_id"] == conversation
    assert {*created} == {"user_message_id", "assistant_message_id", "conversation_id", "run_id"}
    assert start == {"conversation_id": conversation, "mode": "green", "model": "fake-model"}
    assert tokens[0] == {
        "type": "token",
        "run_id": run,
        "seq": 1,
        "data": {"delta": "All "},
        "timestamp": IN_MS,
    }
    assert [token["seq"] for token in tokens] == [1, 2, 3]
    assert "".join(token["data"]["delta"] for token in tokens) == "All is well."
    assert done == {
        "type": "done",
        "run_id": run,
        "seq": 4,
        "data": {
            "latency_ms": 0,
            "prompt_tokens": 7,
            "completion_tokens": 3,
            "total_tokens": 10,
            "usage": {"used": 1, "limit": 100, "remaining": 99},
        },
        "timestamp": IN_MS,
    }
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (1, 0)


async def test_the_stream_is_not_buffered_and_has_the_rate_limit_headers(
    api: InMemoryApplication, conversation: str
) -> None:
    answer = await send(api, conversation)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["RateLimit-Policy"] == '"ai-messages";q=100;w=2678400'
    assert answer.headers["RateLimit"].startswith('"ai-messages";r=99;t=')


@pytest.mark.parametrize(
    ("fault", "retryable"),
    [
        (ModelFailure.RATE_LIMITED, True),
        (ModelFailure.NETWORK_ERROR, True),
        (ModelFailure.SERVER_ERROR, True),
        (ModelFailure.FATAL_ERROR, False),
    ],
)
async def test_a_model_that_does_not_start_is_an_error_and_the_message_is_released(
    api: InMemoryApplication, conversation: str, fault: ModelFailure, *, retryable: bool
) -> None:
    api.model.failure = AiUnavailableError(fault, "secret details")

    events = events_of((await send(api, conversation)).text)

    name, error = events[-1]
    assert [name for name, _ in events] == ["message_created", "start", "error"]
    assert (name, error["type"], error["seq"]) == ("error", "error", 1)
    assert error["data"].pop("error") == MESSAGES[fault]
    assert error["data"] == {"error_type": fault, "retryable": retryable, "refunded": True}
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (0, 0)


async def test_an_interrupted_answer_is_charged_and_stored_in_part(
    api: InMemoryApplication, conversation: str
) -> None:
    api.model.failure, api.model.fails_after = (
        AiUnavailableError(ModelFailure.NETWORK_ERROR, "gone"),
        1,
    )

    events = events_of((await send(api, conversation)).text)

    messages = await api("GET", f"/chat/conversations/{conversation}/messages")
    assert [name for name, _ in events] == ["message_created", "start", "token", "error"]
    assert events[-1][1]["data"]["refunded"] is False
    assert messages.json()["messages"][1]["content"] == "All "
    assert messages.json()["messages"][1]["state"] == "partial"
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (1, 0)


async def test_a_bug_ends_the_stream_with_an_error_and_without_details(
    api: InMemoryApplication, conversation: str, log: list[EventDict]
) -> None:
    api.model.failure = ZeroDivisionError("secret details")

    answer = await send(api, conversation)

    assert events_of(answer.text)[-1][1]["data"]["error_type"] == "SERVER_ERROR"
    assert "secret" not in answer.text
    assert [line["event"] for line in log if line["log_level"] == "error"] == ["answer_unsettled"]
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (0, 0)


async def test_without_a_message_left_it_is_429_and_nothing_is_stored(
    api: InMemoryApplication, conversation: str
) -> None:
    api.store.users[ANNS_ID] = a_user(invite_validated=True, messages=MessageCounter(100, NOON))

    answer = await send(api, conversation)

    problem = answer.json()
    assert (answer.status_code, problem["error"]) == (429, "ai_limit_reached")
    assert (problem["limit"], problem["used"], problem["tier"]) == (100, 100, "free")
    assert problem["resets_at"] == "2026-02-01T00:00:00Z"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["RateLimit"].startswith('"ai-messages";r=0;t=')
    assert api.store.exchanges == {}


async def test_a_conversation_that_is_not_the_callers_is_not_found_and_nothing_charged(
    api: InMemoryApplication, conversation: str
) -> None:
    api.store.users[bob().id] = bob(invite_validated=True)

    answers = [
        await api("POST", "/chat/send", by=who, json={"conversation_id": which, "text": "x"})
        for who, which in ((bob().clerk_user_id, conversation), (a_user().clerk_user_id, uuid4()))
        for which in [str(which)]
    ]

    assert [answer.json()["error"] for answer in answers] == ["conversation_not_found"] * 2
    assert {entry.user for entry in api.store.entries.values()} == set()


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "x" * 4_001},
        {"text": "a\x00b"},
        {"conversation_id": "x"},
        {"ui_context": "here"},
        {"ui_context": {"x": "y" * 4_001}},
    ],
)
async def test_an_invalid_question_is_refused_and_costs_nothing(
    api: InMemoryApplication, conversation: str, body: Any
) -> None:
    answer = await send(api, conversation, **body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert api.store.used_messages(ANNS_ID) == 0


@pytest.mark.parametrize("key", ["with space", "x" * 256, "\x7f"])
async def test_an_invalid_key_is_refused(
    api: InMemoryApplication, conversation: str, key: str
) -> None:
    answer = await send(api, conversation, key)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert api.store.used_messages(ANNS_ID) == 0


async def test_the_same_key_and_body_is_charged_once_and_answered_the_same(
    api: InMemoryApplication, conversation: str
) -> None:
    first = events_of((await send(api, conversation, "k")).text)

    again = events_of((await send(api, conversation, "k")).text)

    assert again[0] == first[0]
    assert text_of(again) == text_of(first) == "All is well."
    assert again[-1][1]["data"] == first[-1][1]["data"]
    assert (api.store.used_messages(ANNS_ID), len(api.model.questions)) == (1, 1)


async def test_the_same_key_with_another_body_is_a_conflict(
    api: InMemoryApplication, conversation: str
) -> None:
    await send(api, conversation, "k")

    answers = [
        await send(api, conversation, "k", **other)
        for other in ({"text": "Another?"}, {"ui_context": {"tab": 1}})
    ]

    assert [answer.json()["error"] for answer in answers] == ["idempotency_key_reused"] * 2
    assert {answer.status_code for answer in answers} == {409}
    assert api.store.used_messages(ANNS_ID) == 1
