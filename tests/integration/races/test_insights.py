"""Concurrent insights over two server processes: each is charged, and each key once."""

from typing import Any

import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN = a_person("ann")
USED = 95
"""Of the free tier's hundred messages."""


@pytest.fixture
async def body(api: Api, rows: Rows) -> dict[str, Any]:
    """A request for an insight into Ann's portfolio; she has five messages left."""
    await rows.add_user(ANN, ai_messages_used=USED)
    made = await api.post(
        "/portfolios", ANN.token(), {"name": "Savings", "account_name": "Broker 1"}
    )
    return {"portfolio_id": made.json()["id"], "insight_type": "daily_summary"}


async def settled(rows: Rows) -> tuple[int, int, int]:
    """Return how many messages were used, how many insights there are, and what is unsettled."""
    return (
        (await rows.user(ANN))["ai_messages_used"],
        await rows.count("FROM insights"),
        await rows.count("FROM ai_message_reservations"),
    )


async def test_of_twenty_at_once_as_many_come_as_there_are_messages_left(
    api: Api, rows: Rows, body: dict[str, Any]
) -> None:
    answers = await at_once(api.post("/insights/generate", ANN.token(), body) for _ in range(20))

    assert statuses(answers) == {201: 5, 429: 15}
    assert await settled(rows) == (100, 5, 0)


async def test_twenty_under_one_key_are_one_insight(
    api: Api, rows: Rows, body: dict[str, Any]
) -> None:
    answers = await at_once(
        api.post("/insights/generate", ANN.token(), body, key="k") for _ in range(20)
    )

    assert statuses(answers) == {201: 20}
    assert len({answer.text for answer in answers}) == 1
    assert await settled(rows) == (USED + 1, 1, 0)


async def test_an_insight_of_the_offline_analyst_is_read_back_unchanged(
    api: Api, body: dict[str, Any]
) -> None:
    response = await api.post("/insights/generate", ANN.token(), body)

    insight = response.json()
    assert insight["performance"]["cost_usd"] == 0
    assert insight["performance"]["token_count"] == 0
    assert "No language model wrote this" in insight["data_limitations"]
    read = await api.get(f"/insights/{insight['id']}", ANN.token())
    page = await api.get(f"/insights/portfolio/{body['portfolio_id']}", ANN.token())
    assert read.json() == insight
    assert page.json() == {"insights": [insight], "total": 1, "has_more": False}
