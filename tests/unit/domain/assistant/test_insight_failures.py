"""Insights that fail: none is stored, and none costs a message."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from sigmasight.domain.access.usage import (
    RESERVATION_LIFETIME,
    AiLimitReachedError,
    MessageCounter,
)
from sigmasight.domain.assistant import insight_generation
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Analysis,
    AnalysisRequest,
    InsightType,
    MalformedAnalysisError,
    ModelFailure,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, ValidationFailedError
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user
from tests.support.fakes.language_model import an_analysis
from tests.unit.domain.assistant.insight_workspace import *  # noqa: F403  fixtures
from tests.unit.domain.assistant.insight_workspace import OVERLOADED, InsightWorkspace

MALFORMED = MalformedAnalysisError()


async def test_a_malformed_analysis_is_retried_once(
    workspace: InsightWorkspace,
) -> None:
    workspace.model.analyses = [MALFORMED, an_analysis(title="At last")]

    insight = await workspace.insight()

    assert insight.analysis.title == "At last"
    assert (len(workspace.model.requests), workspace.used, workspace.open_reservations) == (2, 1, 0)


async def test_one_that_is_malformed_twice_is_no_insight_and_costs_nothing(
    workspace: InsightWorkspace,
) -> None:
    workspace.model.analyses = [MALFORMED, MALFORMED, an_analysis()]

    with pytest.raises(MalformedAnalysisError):
        await workspace.generate()

    assert len(workspace.model.requests) == 2
    assert workspace.has_nothing_to_show


@pytest.mark.parametrize("outcomes", [[OVERLOADED], [MALFORMED, OVERLOADED]])
async def test_a_model_that_is_down_is_not_asked_again_and_costs_nothing(
    workspace: InsightWorkspace, outcomes: list[Exception]
) -> None:
    workspace.model.analyses = outcomes

    with pytest.raises(AiUnavailableError) as raised:
        await workspace.generate()

    assert raised.value.failure is ModelFailure.RATE_LIMITED
    assert len(workspace.model.requests) == len(outcomes)
    assert workspace.has_nothing_to_show


async def test_a_model_that_takes_too_long_is_left_and_costs_nothing(
    workspace: InsightWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insight_generation, "REPLY_SECONDS", 0.01)
    workspace.model.gate.clear()

    with pytest.raises(AiUnavailableError) as raised:
        await workspace.generate()

    assert raised.value.failure is ModelFailure.NETWORK_ERROR
    assert workspace.has_nothing_to_show


async def test_a_cancelled_request_closes_the_model_and_costs_nothing(
    workspace: InsightWorkspace,
) -> None:
    workspace.model.gate.clear()
    under_way = asyncio.create_task(workspace.generate())
    await workspace.model.asked.wait()

    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way

    assert workspace.has_nothing_to_show


async def test_a_bug_costs_nothing_and_is_the_cause_of_the_error(
    workspace: InsightWorkspace,
) -> None:
    workspace.model.analyses = [ZeroDivisionError("a bug")]

    with pytest.raises(AiUnavailableError) as raised:
        await workspace.generate()

    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert "a bug" not in str(raised.value)
    assert workspace.has_nothing_to_show


@pytest.mark.parametrize(("port", "question"), [("memories", "relevant_to"), ("insights", "add")])
async def test_a_database_outage_is_reported_and_costs_nothing(
    workspace: InsightWorkspace, monkeypatch: pytest.MonkeyPatch, port: str, question: str
) -> None:
    async def down(*_: Any) -> Any:
        raise DatabaseUnavailableError

    monkeypatch.setattr(getattr(workspace.generate_insight, port), question, down)

    with pytest.raises(DatabaseUnavailableError):
        await workspace.generate()

    assert workspace.has_nothing_to_show


async def test_an_insight_after_its_reservation_expired_is_discarded(
    workspace: InsightWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def all_too_late(_: AnalysisRequest) -> Analysis:
        workspace.clock.advance(RESERVATION_LIFETIME)
        await workspace.release_expired()
        return an_analysis()

    monkeypatch.setattr(workspace.model, "analyse", all_too_late)

    with pytest.raises(AiUnavailableError):
        await workspace.generate()

    assert workspace.has_nothing_to_show


async def test_a_portfolio_deleted_during_generation_has_no_insights(
    workspace: InsightWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_nobody(_: AnalysisRequest) -> Analysis:
        workspace.store.portfolios.clear()
        return an_analysis()

    monkeypatch.setattr(workspace.model, "analyse", for_nobody)

    with pytest.raises(PortfolioNotFoundError):
        await workspace.generate()

    assert workspace.has_nothing_to_show


async def test_without_a_message_left_the_model_is_not_asked(workspace: InsightWorkspace) -> None:
    workspace.store.users[ANNS_ID] = a_user(messages=MessageCounter(100, NOON))

    with pytest.raises(AiLimitReachedError):
        await workspace.generate()

    assert workspace.model.requests == []
    assert workspace.store.entries == {}


async def test_another_users_or_a_missing_portfolio_costs_nothing(
    workspace: InsightWorkspace,
) -> None:
    bobs = a_portfolio(user_id=BOBS_ID)
    workspace.store.portfolios[BOBS_ID, bobs.id] = bobs

    for portfolio in (bobs.id, PortfolioId(uuid4())):
        with pytest.raises(PortfolioNotFoundError):
            await workspace.generate(portfolio_id=portfolio)

    assert (workspace.store.entries, workspace.model.requests) == ({}, [])


async def test_a_custom_insight_without_its_question_costs_nothing(
    workspace: InsightWorkspace,
) -> None:
    with pytest.raises(ValidationFailedError):
        await workspace.generate(kind=InsightType.CUSTOM)

    assert (workspace.store.entries, workspace.model.requests) == ({}, [])


async def test_the_message_of_a_killed_server_is_released_when_its_reservation_expires(
    workspace: InsightWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(*_: Any) -> Any:
        raise DatabaseUnavailableError

    monkeypatch.setattr(workspace.generate_insight.ledger, "release", dead)
    workspace.model.analyses = [OVERLOADED]
    with pytest.raises(DatabaseUnavailableError):
        await workspace.generate()
    assert (workspace.used, workspace.open_reservations) == (1, 1)
    monkeypatch.undo()
    workspace.clock.advance(RESERVATION_LIFETIME)

    assert await workspace.release_expired() == 1

    assert workspace.has_nothing_to_show
