"""Insights over HTTP, in the contract's words: what they cost, and every way they can end."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from structlog.typing import EventDict

from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.assistant import insight_generation as rules
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    MalformedAnalysisError,
    ModelFailure,
    TokenUsage,
)
from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.domain.portfolios.portfolio import Portfolio
from sigmasight.entrypoints.http import insight_tasks
from tests.http.world import World
from tests.unit.examples import ANNS_ID, BOB, DAY, MINUTE, NOON, a_portfolio, a_user, bob
from tests.unit.fakes_of_assistant import an_analysis

OVERLOADED = AiUnavailableError(ModelFailure.RATE_LIMITED, "Too much to do.")


@pytest.fixture
def portfolio(world: World) -> Portfolio:
    portfolio = a_portfolio()
    world.memory.portfolios[ANNS_ID, portfolio.id] = portfolio
    return portfolio


async def generate(
    world: World, portfolio: Portfolio, key: str | None = None, **about: Any
) -> httpx.Response:
    return await world(
        "POST",
        "/insights/generate",
        json={"portfolio_id": str(portfolio.id), "insight_type": "daily_summary", **about},
        headers={"Idempotency-Key": key} if key else None,
    )


async def generated(world: World, portfolio: Portfolio, **about: Any) -> Any:
    answer = await generate(world, portfolio, **about)
    assert answer.status_code == 201
    return answer.json()


def used(world: World) -> int:
    return world.memory.users[ANNS_ID].messages.used


def unsettled(world: World) -> int:
    return sum(entry.is_open for entry in world.memory.entries.values())


async def test_an_insight_has_the_contracts_parts(world: World, portfolio: Portfolio) -> None:
    insight = await generated(
        world, portfolio, insight_type="custom", focus_area=" fees ", user_question="Too high?"
    )

    UUID(insight.pop("id"))
    assert insight == {
        "portfolio_id": str(portfolio.id),
        "insight_type": "custom",
        "title": "All is well",
        "severity": "normal",
        "summary": "Nothing stands out.",
        "key_findings": ["Two positions."],
        "recommendations": [],
        "full_analysis": "Nothing stands out, at length.",
        "data_limitations": "",
        "focus_area": "fees",
        "user_question": "Too high?",
        "created_at": "2026-01-15T12:00:00Z",
        "viewed": False,
        "dismissed": False,
        "user_rating": None,
        "user_feedback": None,
        "performance": {"cost_usd": None, "generation_time_ms": 0, "token_count": 10},
    }
    assert (used(world), unsettled(world)) == (1, 0)


@pytest.mark.parametrize(
    ("spent", "performance"),
    [(TokenUsage(0, 0), ("0.00", 0)), (None, (None, None))],
)
async def test_what_a_model_does_not_tell_is_null_and_the_offline_one_costs_nothing(
    world: World,
    portfolio: Portfolio,
    spent: TokenUsage | None,
    performance: tuple[str | None, int | None],
) -> None:
    world.model.analyses = [an_analysis(token_usage=spent)]

    told = (await generated(world, portfolio))["performance"]

    assert (told["cost_usd"], told["token_count"]) == performance


async def test_an_insight_says_how_many_messages_are_left(
    world: World, portfolio: Portfolio
) -> None:
    answer = await generate(world, portfolio)

    assert answer.headers["RateLimit-Policy"] == '"ai-messages";q=100;w=2678400'
    assert answer.headers["RateLimit"].startswith('"ai-messages";r=99;t=')


async def test_a_malformed_analysis_is_asked_for_once_more(
    world: World, portfolio: Portfolio
) -> None:
    world.model.analyses = [MalformedAnalysisError(), an_analysis()]

    await generated(world, portfolio)

    assert (used(world), len(world.model.requests)) == (1, 2)


@pytest.mark.parametrize(
    "failure", [OVERLOADED, MalformedAnalysisError(), ZeroDivisionError("secret details")]
)
async def test_an_insight_that_fails_is_503_and_costs_nothing(
    world: World, portfolio: Portfolio, failure: Exception
) -> None:
    world.model.analyses = [failure]

    answer = await generate(world, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (503, "ai_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "secret" not in answer.text
    assert world.memory.insights == {}
    assert (used(world), unsettled(world)) == (0, 0)


async def test_operators_are_told_of_failures_and_of_bugs_all_there_is(
    world: World, portfolio: Portfolio, log: list[EventDict]
) -> None:
    bug = ZeroDivisionError("a bug")
    world.model.analyses = [OVERLOADED, bug]

    for _ in range(2):
        await generate(world, portfolio)

    told = [line for line in log if line["event"] == "insight_failed"]
    assert [(line["log_level"], line["fault"]) for line in told] == [
        ("warning", "RATE_LIMITED"),
        ("error", "SERVER_ERROR"),
    ]
    assert told[1]["exc_info"] is bug


async def test_a_model_that_takes_too_long_is_503_and_left(
    world: World, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "REPLY_SECONDS", 0.01)
    world.model.gate.clear()

    answer = await generate(world, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (503, "ai_unavailable")
    assert (used(world), unsettled(world), world.model.open) == (0, 0, 0)


async def test_a_database_that_is_down_meanwhile_is_503_under_its_own_name(
    world: World, portfolio: Portfolio
) -> None:
    world.model.analyses = [DatabaseUnavailableError()]

    answer = await generate(world, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (503, "database_unavailable")
    assert (used(world), unsettled(world)) == (0, 0)


async def test_a_server_that_stops_tells_who_waits_to_ask_again_and_charges_nothing(
    portfolio: Portfolio,
) -> None:
    world = World().with_users(a_user(invite_validated=True))
    world.memory.portfolios[ANNS_ID, portfolio.id] = portfolio
    world.model.gate.clear()
    under_way = asyncio.create_task(generate(world, portfolio))
    await world.model.asked.wait()

    (await world.container.get(insight_tasks.InsightTasks)).stop()
    answers = [await under_way, await generate(world, portfolio)]

    told = {(answer.status_code, answer.json()["error"]) for answer in answers}
    assert told == {(503, "ai_unavailable")}
    assert world.memory.insights == {}
    assert (used(world), unsettled(world), world.model.open) == (0, 0, 0)


async def test_a_request_that_is_cancelled_leaves_the_model_and_gives_the_message_back(
    world: World, portfolio: Portfolio
) -> None:
    world.model.gate.clear()
    under_way = asyncio.create_task(generate(world, portfolio))
    await world.model.asked.wait()

    under_way.cancel()
    await asyncio.wait([under_way])

    assert world.memory.insights == {}
    assert (used(world), unsettled(world), world.model.open) == (0, 0, 0)


async def test_without_a_message_left_it_is_429_and_the_model_is_not_asked(
    world: World, portfolio: Portfolio
) -> None:
    world.memory.users[ANNS_ID] = a_user(invite_validated=True, messages=MessageCounter(100, NOON))

    answer = await generate(world, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (429, "ai_limit_reached")
    assert answer.json()["resets_at"] == "2026-02-01T00:00:00Z"
    assert answer.headers["RateLimit"].startswith('"ai-messages";r=0;t=')
    assert world.model.requests == []


async def test_somebody_elses_portfolio_is_not_found_and_costs_nothing(
    world: World, portfolio: Portfolio
) -> None:
    world.memory.users[bob().id] = bob(invite_validated=True)
    body = {"portfolio_id": str(portfolio.id), "insight_type": "daily_summary"}

    answers = [
        await world("POST", "/insights/generate", by=BOB, json=body),
        await world("GET", f"/insights/portfolio/{portfolio.id}", by=BOB),
        await generate(world, a_portfolio()),
    ]

    assert [(each.status_code, each.json()["error"]) for each in answers] == [
        (404, "portfolio_not_found")
    ] * 3
    assert (world.memory.entries, world.model.requests) == ({}, [])


@pytest.mark.parametrize(
    "body",
    [
        {"portfolio_id": "x"},
        {"portfolio_id": None},
        {"insight_type": "horoscope"},
        {"insight_type": None},
        {"insight_type": "custom"},
        {"insight_type": "custom", "user_question": "  "},
        {"focus_area": "x" * 201},
        {"focus_area": "a\x00b"},
        {"user_question": "x" * 1_001},
    ],
)
async def test_what_cannot_be_analysed_is_refused_and_costs_nothing(
    world: World, portfolio: Portfolio, body: Any
) -> None:
    answer = await generate(world, portfolio, **body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert answer.json()["errors"]
    assert (world.memory.entries, world.model.requests) == ({}, [])


async def test_the_same_key_and_body_is_charged_once_and_answered_the_same(
    world: World, portfolio: Portfolio
) -> None:
    first = await generate(world, portfolio, "k")

    again = await generate(world, portfolio, "k")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["RateLimit"] == first.headers["RateLimit"]
    assert (used(world), len(world.model.requests)) == (1, 1)


async def test_the_same_key_with_another_body_is_a_conflict(
    world: World, portfolio: Portfolio
) -> None:
    await generate(world, portfolio, "k")

    answer = await generate(world, portfolio, "k", focus_area="fees")

    assert (answer.status_code, answer.json()["error"]) == (409, "idempotency_key_reused")
    assert used(world) == 1


@pytest.mark.parametrize("key", ["with space", "x" * 256, "\x7f"])
async def test_a_key_that_is_none_is_refused(world: World, portfolio: Portfolio, key: str) -> None:
    answer = await generate(world, portfolio, key)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


@pytest.mark.parametrize(
    ("outcome", "status", "count"), [(an_analysis(), 201, 1), (OVERLOADED, 503, 0)]
)
async def test_who_asks_again_meanwhile_waits_and_is_answered_as_the_first(  # noqa: PLR0913, PLR0917
    world: World,
    portfolio: Portfolio,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Any,
    status: int,
    count: int,
) -> None:
    monkeypatch.setattr(insight_tasks, "POLL_SECONDS", 0.001)
    world.model.analyses = [outcome]
    world.model.gate.clear()
    many = [asyncio.create_task(generate(world, portfolio, "k")) for _ in range(50)]
    await world.model.asked.wait()
    for _ in range(500):  # until all the others wait
        await asyncio.sleep(0)
    world.model.gate.set()

    answers = [await each for each in many]

    assert {answer.status_code for answer in answers} == {status}
    assert len({answer.json().get("id") for answer in answers}) == 1
    assert (used(world), unsettled(world), len(world.model.requests)) == (count, 0, 1)


async def test_insights_are_listed_the_newest_first_and_page_by_page(
    world: World, portfolio: Portfolio
) -> None:
    ids = []
    for _ in range(3):
        ids.append((await generated(world, portfolio))["id"])
        world.clock.advance(MINUTE)
    path = f"/insights/portfolio/{portfolio.id}"

    everything, first, rest = [
        (await world("GET", f"{path}{query}")).json()
        for query in ("", "?limit=2", "?limit=2&offset=2")
    ]

    assert [each["id"] for each in everything["insights"]] == ids[::-1]
    assert (everything["total"], everything["has_more"]) == (3, False)
    assert (len(first["insights"]), first["total"], first["has_more"]) == (2, 3, True)
    assert [each["id"] for each in rest["insights"]] == ids[:1]
    assert (rest["total"], rest["has_more"]) == (3, False)


async def test_insights_are_told_apart_by_type_and_age(world: World, portfolio: Portfolio) -> None:
    old = await generated(world, portfolio)
    world.clock.advance(31 * DAY)
    new = await generated(world, portfolio, insight_type="hedge_quality")
    path = f"/insights/portfolio/{portfolio.id}"

    async def found(query: str) -> list[str]:
        return [each["id"] for each in (await world("GET", f"{path}{query}")).json()["insights"]]

    assert await found("") == [new["id"]]
    assert await found("?days_back=60") == [new["id"], old["id"]]
    assert await found("?days_back=60&insight_type=daily_summary") == [old["id"]]


@pytest.mark.parametrize(
    "query",
    ["insight_type=odd", "days_back=0", "days_back=x", "limit=0", "limit=101", "offset=-1"],
)
async def test_a_page_that_is_none_is_refused(
    world: World, portfolio: Portfolio, query: str
) -> None:
    answer = await world("GET", f"/insights/portfolio/{portfolio.id}?{query}")

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


async def test_marks_are_changed_one_by_one_and_the_insight_told(
    world: World, portfolio: Portfolio
) -> None:
    insight = await generated(world, portfolio)
    path = f"/insights/{insight['id']}"

    seen = await world("PATCH", path, json={"viewed": True})
    hidden = await world("PATCH", path, json={"dismissed": True, "viewed": None})
    unseen = await world("PATCH", path, json={"viewed": False})

    assert seen.status_code == 200
    assert seen.json() == {**insight, "viewed": True}
    assert hidden.json() == {**insight, "viewed": True, "dismissed": True}
    assert unseen.json() == {**insight, "dismissed": True}
    assert (await world("GET", path)).json() == unseen.json()


async def test_a_rating_is_kept_and_may_be_changed(world: World, portfolio: Portfolio) -> None:
    insight = await generated(world, portfolio)
    path = f"/insights/{insight['id']}"

    rated = await world("POST", f"{path}/feedback", json={"rating": 4, "feedback": "Good."})
    again = await world("POST", f"{path}/feedback", json={"rating": 1})

    assert rated.status_code == 200
    assert rated.json() == {**insight, "user_rating": 4, "user_feedback": "Good."}
    assert again.json() == {**insight, "user_rating": 1}
    assert (await world("GET", path)).json() == again.json()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"viewed": "yes"}),
        ("PATCH", "", [1]),
        ("POST", "/feedback", {}),
        ("POST", "/feedback", {"rating": 0}),
        ("POST", "/feedback", {"rating": 6}),
        ("POST", "/feedback", {"rating": 2.5}),
        ("POST", "/feedback", {"rating": 3, "feedback": "x" * 2_001}),
        ("POST", "/feedback", {"rating": 3, "feedback": "a\x00b"}),
    ],
)
async def test_what_is_no_mark_and_no_rating_is_refused(
    world: World, portfolio: Portfolio, method: str, path: str, body: Any
) -> None:
    insight = await generated(world, portfolio)

    answer = await world(method, f"/insights/{insight['id']}{path}", json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert (await world("GET", f"/insights/{insight['id']}")).json() == insight


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"viewed": True}),
        ("POST", "/feedback", {"rating": 1}),
    ],
)
async def test_somebody_elses_insight_is_not_found_nor_one_of_a_deleted_portfolio(
    world: World, portfolio: Portfolio, method: str, path: str, body: Any
) -> None:
    world.memory.users[bob().id] = bob(invite_validated=True)
    insight = await generated(world, portfolio)
    where = f"/insights/{insight['id']}{path}"

    others = await world(method, where, by=BOB, json=body)
    unknown = await world(method, f"/insights/{uuid4()}{path}", json=body)
    untouched = (await world("GET", f"/insights/{insight['id']}")).json()
    await world("DELETE", f"/portfolios/{portfolio.id}")
    gone = await world(method, where, json=body)

    assert {each.status_code for each in (others, unknown, gone)} == {404}
    assert {each.json()["error"] for each in (others, unknown, gone)} == {"insight_not_found"}
    assert untouched == insight
