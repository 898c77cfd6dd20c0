"""Concurrent messages over three processes: never more or fewer than the limit."""

from collections.abc import Sequence
from itertools import cycle

import pytest

from tests.integration.chat.chat_client import (
    StreamingRequest,
    send_all,
    start_conversation,
    statuses,
)
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_servers import Server

ANN = a_person("ann")
SUM = "SELECT coalesce(sum(amount), 0) AS sum FROM ai_message_ledger WHERE kind <> 'granted'"


async def counted(rows: Rows) -> tuple[int, int]:
    """Return the counter, and what the ledger adds up to."""
    [user] = await rows.all("SELECT ai_messages_used AS used FROM users")
    [ledger] = await rows.all(SUM)
    return user["used"], ledger["sum"]


@pytest.mark.parametrize(
    ("tier", "used", "asked", "at_once", "left"),
    [
        ("free", 99, 1_000, 1_000, 1),
        ("paid", 800, 1_000, 100, 200),
        pytest.param(
            *("paid", 0, 5_000, 100, 1_000), marks=pytest.mark.long("5,000 requests with streams")
        ),
    ],
)
async def test_of_many_concurrent_sends_exactly_the_remaining_messages_are_served(  # noqa: PLR0913
    three_servers: Sequence[Server],
    rows: Rows,
    *,
    tier: str,
    used: int,
    asked: int,
    at_once: int,
    left: int,
) -> None:
    await rows.add_user(ANN, tier=tier, ai_messages_used=used)
    token, conversation = ANN.token(), await start_conversation(three_servers[0], ANN)
    servers = cycle(three_servers)

    requests = [StreamingRequest(next(servers), token, conversation) for _ in range(asked)]

    answers = await send_all(requests, at_once=at_once)

    assert statuses(answers) == {200: left, 429: asked - left}
    assert {answer.end[0] for answer in answers if answer.status == 200} == {"done"}
    assert {
        '"error":"ai_limit_reached"' in each.body for each in answers if each.status == 429
    } == {True}
    assert await counted(rows) == (used + left, left)
    assert await rows.count("FROM ai_message_reservations") == 0


async def test_the_same_key_fifty_times_at_once_is_one_charge_and_fifty_equal_answers(
    three_servers: Sequence[Server], rows: Rows
) -> None:
    await rows.add_user(ANN)
    token, conversation = ANN.token(), await start_conversation(three_servers[0], ANN)
    servers = cycle(three_servers)

    answers = await send_all(
        StreamingRequest(next(servers), token, conversation, key="k") for _ in range(50)
    )

    assert statuses(answers) == {200: 50}
    assert len({answer.text for answer in answers}) == 1
    assert len({str(answer.events[0]) for answer in answers}) == 1
    assert {answer.end[0] for answer in answers} == {"done"}
    assert await counted(rows) == (1, 1)
    assert await rows.count("FROM chat_exchanges") == 1
