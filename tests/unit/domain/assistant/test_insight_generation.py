"""From a topic to an insight, and what becomes of its message however that ends."""

import asyncio
from uuid import uuid4

import pytest

from sigmasight.domain.access.usage import (
    IdempotencyKeyReusedError,
)
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Analysis,
    AnalysisRequest,
    InsightType,
    TokenUsage,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.builders.assistant import a_memory
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.language_model import an_analysis
from tests.unit.domain.assistant.insight_workspace import *  # noqa: F403  fixtures
from tests.unit.domain.assistant.insight_workspace import OVERLOADED, InsightWorkspace


async def test_an_insight_is_stored_under_the_id_of_the_message_it_took(
    workspace: InsightWorkspace,
) -> None:
    generated = await workspace.generate(focus_area="fees", user_question="Are they high?")

    insight = generated.insight
    assert insight
    assert insight.id == generated.reservation.id
    assert insight.analysis == an_analysis()
    assert (insight.topic.focus_area, insight.topic.user_question) == ("fees", "Are they high?")
    assert (insight.viewed, insight.dismissed, insight.rating) == (False, False, None)
    assert workspace.store.insights == {insight.id: insight}
    assert (workspace.used, workspace.open_reservations) == (1, 0)


async def test_an_insight_has_its_duration(
    workspace: InsightWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer_slowly(_: AnalysisRequest) -> Analysis:
        workspace.clock.advance(MINUTE)
        return an_analysis()

    monkeypatch.setattr(workspace.model, "analyse", answer_slowly)

    insight = await workspace.insight()

    assert (insight.created_at, insight.took) == (NOON + MINUTE, MINUTE)


@pytest.mark.parametrize(
    ("spent", "tokens"), [(TokenUsage(7, 3), 10), (TokenUsage(0, 0), 0), (None, None)]
)
async def test_an_insight_has_the_tokens_that_the_model_reports(
    workspace: InsightWorkspace, spent: TokenUsage | None, tokens: int | None
) -> None:
    workspace.model.analyses = [an_analysis(token_usage=spent)]

    insight = await workspace.insight()

    assert insight.tokens == tokens


async def test_the_model_gets_the_portfolio_the_topic_and_relevant_memories(
    workspace: InsightWorkspace,
) -> None:
    facts = [
        a_memory("I dislike tobacco."),
        a_memory("Fees of over one percent are too high."),
        a_memory("About another one.", portfolio_id=PortfolioId(uuid4())),
        a_memory("About this one.", portfolio_id=workspace.portfolio.id),
    ]
    workspace.store.facts.update((each.id, each) for each in facts)

    await workspace.generate(kind=InsightType.CUSTOM, focus_area="fees", user_question="Too high?")

    [request] = workspace.model.requests
    assert request.portfolio.portfolio == workspace.portfolio
    assert (request.kind, request.focus_area) == (InsightType.CUSTOM, "fees")
    assert (request.user_question, request.asked_at) == ("Too high?", NOON)
    assert request.memories[0] == facts[1].content
    assert set(request.memories) == {facts[place].content for place in (0, 1, 3)}


async def test_a_portfolio_that_is_inactive_is_analysed_too(workspace: InsightWorkspace) -> None:
    inactive = a_portfolio(terms=terms(is_active=False))
    workspace.store.portfolios[ANNS_ID, inactive.id] = inactive

    insight = await workspace.insight(portfolio_id=inactive.id)

    assert insight.topic.portfolio_id == inactive.id


async def test_the_same_key_is_charged_once_and_follows_the_first_insight(
    workspace: InsightWorkspace,
) -> None:
    workspace.model.gate.clear()
    under_way = asyncio.create_task(workspace.generate("k"))
    await workspace.model.asked.wait()

    again = await workspace.generate("k")
    before = await workspace.follow(again.reservation.id, by=ANNS_ID)
    workspace.model.gate.set()
    first = (await under_way).insight
    after = await workspace.follow(again.reservation.id, by=ANNS_ID)

    assert (again.insight, before) == (None, None)
    assert first
    assert after == first
    assert (workspace.used, len(workspace.model.requests)) == (1, 1)


async def test_the_same_key_for_something_else_is_refused(workspace: InsightWorkspace) -> None:
    await workspace.generate("k")

    with pytest.raises(IdempotencyKeyReusedError):
        await workspace.generate("k", focus_area="fees")

    assert workspace.used == 1


async def test_a_follower_of_a_failed_insight_gets_the_error_and_may_retry(
    workspace: InsightWorkspace,
) -> None:
    workspace.model.analyses = [OVERLOADED, an_analysis()]
    workspace.model.gate.clear()
    under_way = asyncio.create_task(workspace.generate("k"))
    await workspace.model.asked.wait()
    again = await workspace.generate("k")
    workspace.model.gate.set()
    with pytest.raises(AiUnavailableError):
        await under_way

    with pytest.raises(AiUnavailableError):
        await workspace.follow(again.reservation.id, by=ANNS_ID)

    anew = await workspace.generate("k")
    assert anew.insight
    assert anew.reservation.id != again.reservation.id
    assert (workspace.used, workspace.open_reservations) == (1, 0)


async def test_a_user_cannot_follow_another_users_insight(workspace: InsightWorkspace) -> None:
    insight = await workspace.insight()

    with pytest.raises(AiUnavailableError):
        await workspace.follow(insight.id, by=BOBS_ID)
