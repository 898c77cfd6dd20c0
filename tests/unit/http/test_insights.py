"""Insights over HTTP, in the contract's words: what they cost, and every way they can end."""

import asyncio
from typing import Any
from uuid import UUID

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
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOB, a_user, bob
from tests.support.fakes.language_model import an_analysis
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.insight_requests import *  # noqa: F403  fixtures
from tests.unit.http.insight_requests import generate, generated

OVERLOADED = AiUnavailableError(ModelFailure.RATE_LIMITED, "Too much to do.")


async def test_an_insight_has_the_contracts_parts(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    insight = await generated(
        api, portfolio, insight_type="custom", focus_area=" fees ", user_question="Too high?"
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
        "performance": {"cost_usd": 0, "generation_time_ms": 0, "token_count": 10},
    }
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (1, 0)


@pytest.mark.parametrize(
    ("spent", "performance"),
    [(TokenUsage(7, 5), (0, 12)), (None, (0, 0))],
)
async def test_unknown_costs_and_tokens_are_0(
    api: InMemoryApplication,
    portfolio: Portfolio,
    spent: TokenUsage | None,
    performance: tuple[int, int],
) -> None:
    api.model.analyses = [an_analysis(token_usage=spent)]

    reported = (await generated(api, portfolio))["performance"]

    assert (reported["cost_usd"], reported["token_count"]) == performance


async def test_an_insight_has_the_rate_limit_headers(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    answer = await generate(api, portfolio)

    assert answer.headers["RateLimit-Policy"] == '"ai-messages";q=100;w=2678400'
    assert answer.headers["RateLimit"].startswith('"ai-messages";r=99;t=')


async def test_a_malformed_analysis_is_retried_once(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    api.model.analyses = [MalformedAnalysisError(), an_analysis()]

    await generated(api, portfolio)

    assert (api.store.used_messages(ANNS_ID), len(api.model.requests)) == (1, 2)


@pytest.mark.parametrize(
    "failure", [OVERLOADED, MalformedAnalysisError(), ZeroDivisionError("secret details")]
)
async def test_an_insight_that_fails_is_503_and_costs_nothing(
    api: InMemoryApplication, portfolio: Portfolio, failure: Exception
) -> None:
    api.model.analyses = [failure]

    answer = await generate(api, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (503, "ai_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "secret" not in answer.text
    assert api.store.insights == {}
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (0, 0)


async def test_failures_and_bugs_are_logged_in_full(
    api: InMemoryApplication, portfolio: Portfolio, log: list[EventDict]
) -> None:
    bug = ZeroDivisionError("a bug")
    api.model.analyses = [OVERLOADED, bug]

    for _ in range(2):
        await generate(api, portfolio)

    reported = [line for line in log if line["event"] == "insight_failed"]
    assert [(line["log_level"], line["fault"]) for line in reported] == [
        ("warning", "RATE_LIMITED"),
        ("error", "SERVER_ERROR"),
    ]
    assert reported[1]["exc_info"] is bug


async def test_a_model_that_takes_too_long_is_503_and_closed(
    api: InMemoryApplication, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "REPLY_SECONDS", 0.01)
    api.model.gate.clear()

    answer = await generate(api, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (503, "ai_unavailable")
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations, api.model.open) == (
        0,
        0,
        0,
    )


async def test_a_database_outage_is_503_with_its_own_code(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    api.model.analyses = [DatabaseUnavailableError()]

    answer = await generate(api, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (503, "database_unavailable")
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations) == (0, 0)


async def test_a_stopping_server_answers_with_a_retryable_error_and_charges_nothing(
    portfolio: Portfolio,
) -> None:
    api = InMemoryApplication().with_users(a_user(invite_validated=True))
    api.store.portfolios[ANNS_ID, portfolio.id] = portfolio
    api.model.gate.clear()
    under_way = asyncio.create_task(generate(api, portfolio))
    await api.model.asked.wait()

    (await api.container.get(insight_tasks.InsightTasks)).stop()
    answers = [await under_way, await generate(api, portfolio)]

    reported = {(answer.status_code, answer.json()["error"]) for answer in answers}
    assert reported == {(503, "ai_unavailable")}
    assert api.store.insights == {}
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations, api.model.open) == (
        0,
        0,
        0,
    )


async def test_a_cancelled_request_closes_the_model_and_releases_the_message(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    api.model.gate.clear()
    under_way = asyncio.create_task(generate(api, portfolio))
    await api.model.asked.wait()

    under_way.cancel()
    await asyncio.wait([under_way])

    assert api.store.insights == {}
    assert (api.store.used_messages(ANNS_ID), api.store.open_reservations, api.model.open) == (
        0,
        0,
        0,
    )


async def test_without_a_message_left_it_is_429_and_the_model_is_not_asked(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    api.store.users[ANNS_ID] = a_user(invite_validated=True, messages=MessageCounter(100, NOON))

    answer = await generate(api, portfolio)

    assert (answer.status_code, answer.json()["error"]) == (429, "ai_limit_reached")
    assert answer.json()["resets_at"] == "2026-02-01T00:00:00Z"
    assert answer.headers["RateLimit"].startswith('"ai-messages";r=0;t=')
    assert api.model.requests == []


async def test_another_users_portfolio_is_not_found_and_costs_nothing(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    api.store.users[bob().id] = bob(invite_validated=True)
    body = {"portfolio_id": str(portfolio.id), "insight_type": "daily_summary"}

    answers = [
        await api("POST", "/insights/generate", by=BOB, json=body),
        await api("GET", f"/insights/portfolio/{portfolio.id}", by=BOB),
        await generate(api, a_portfolio()),
    ]

    assert [(each.status_code, each.json()["error"]) for each in answers] == [
        (404, "portfolio_not_found")
    ] * 3
    assert (api.store.entries, api.model.requests) == ({}, [])


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
async def test_an_invalid_request_is_refused_and_costs_nothing(
    api: InMemoryApplication, portfolio: Portfolio, body: Any
) -> None:
    answer = await generate(api, portfolio, **body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert answer.json()["errors"]
    assert (api.store.entries, api.model.requests) == ({}, [])


async def test_the_same_key_and_body_is_charged_once_and_answered_the_same(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    first = await generate(api, portfolio, "k")

    again = await generate(api, portfolio, "k")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["RateLimit"] == first.headers["RateLimit"]
    assert (api.store.used_messages(ANNS_ID), len(api.model.requests)) == (1, 1)


async def test_the_same_key_with_another_body_is_a_conflict(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    await generate(api, portfolio, "k")

    answer = await generate(api, portfolio, "k", focus_area="fees")

    assert (answer.status_code, answer.json()["error"]) == (409, "idempotency_key_reused")
    assert api.store.used_messages(ANNS_ID) == 1


@pytest.mark.parametrize("key", ["with space", "x" * 256, "\x7f"])
async def test_an_invalid_key_is_refused(
    api: InMemoryApplication, portfolio: Portfolio, key: str
) -> None:
    answer = await generate(api, portfolio, key)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


@pytest.mark.parametrize(
    ("outcome", "status", "count"), [(an_analysis(), 201, 1), (OVERLOADED, 503, 0)]
)
async def test_a_concurrent_retry_waits_and_gets_the_first_answer(  # noqa: PLR0913, PLR0917
    api: InMemoryApplication,
    portfolio: Portfolio,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Any,
    status: int,
    count: int,
) -> None:
    monkeypatch.setattr(insight_tasks, "POLL_SECONDS", 0.001)
    api.model.analyses = [outcome]
    api.model.gate.clear()
    many = [asyncio.create_task(generate(api, portfolio, "k")) for _ in range(50)]
    await api.model.asked.wait()
    for _ in range(500):  # until all the others wait
        await asyncio.sleep(0)
    api.model.gate.set()

    answers = [await each for each in many]

    assert {answer.status_code for answer in answers} == {status}
    assert len({answer.json().get("id") for answer in answers}) == 1
    assert (
        api.store.used_messages(ANNS_ID),
        api.store.open_reservations,
        len(api.model.requests),
    ) == (count, 0, 1)
