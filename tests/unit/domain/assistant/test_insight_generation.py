"""From a topic to an insight, and what becomes of its message however that ends."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import (
    RESERVATION_LIFETIME,
    AiLimitReachedError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    MessageCounter,
    ReleaseExpiredReservations,
)
from sigmasight.domain.assistant import insight_generation
from sigmasight.domain.assistant.insight_generation import (
    FollowInsight,
    GeneratedInsight,
    GenerateInsight,
)
from sigmasight.domain.assistant.insights import Insight, InsightTopic
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Analysis,
    AnalysisRequest,
    InsightType,
    MalformedAnalysisError,
    ModelFailure,
    TokenUsage,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, ValidationFailedError
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from tests.support.builders.assistant import a_memory
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user
from tests.support.fakes.insights import InMemoryInsights
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.language_model import FakeLanguageModel, an_analysis
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.portfolio_contexts import InMemoryPortfolioContexts
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger

MALFORMED = MalformedAnalysisError()
OVERLOADED = AiUnavailableError(ModelFailure.RATE_LIMITED, "Too much to do.")


class InsightWorkspace:
    """The insight use cases and Ann's portfolio, in memory."""

    def __init__(self) -> None:
        self.portfolio = a_portfolio()
        self.store = InMemoryStore(
            users={ANNS_ID: a_user()}, portfolios={(ANNS_ID, self.portfolio.id): self.portfolio}
        )
        self.clock = FixedClock(NOON)
        self.model = FakeLanguageModel()
        self.insights = InMemoryInsights(self.store)
        ledger = InMemoryMessageLedger(self.store)
        self.generate_insight = GenerateInsight(
            self.insights,
            ledger,
            InMemoryPortfolioContexts(self.store),
            InMemoryMemories(self.store),
            self.model,
            DEFAULT_LIMITS,
            self.clock,
        )
        self.follow = FollowInsight(self.insights)
        self.release_expired = ReleaseExpiredReservations(ledger, self.clock)

    def topic(self, **about: Any) -> InsightTopic:
        return InsightTopic(
            **{"portfolio_id": self.portfolio.id, "kind": InsightType.DAILY_SUMMARY, **about}
        )

    async def generate(self, key: str | None = None, **about: Any) -> GeneratedInsight:
        topic = self.topic(**about)
        return await self.generate_insight(
            topic, IdempotencyKey(key, str(topic)) if key else None, by=ANNS_ID
        )

    async def insight(self, **about: Any) -> Insight:
        insight = (await self.generate(**about)).insight
        assert insight
        return insight

    @property
    def used(self) -> int:
        return self.store.used_messages(ANNS_ID)

    @property
    def open_reservations(self) -> int:
        return self.store.open_reservations

    @property
    def has_nothing_to_show(self) -> bool:
        """Whether there is no insight, nothing that was paid for, and nothing under way."""
        left = (self.used, self.open_reservations, self.model.open)
        return self.store.insights == {} and left == (0, 0, 0)


@pytest.fixture
def workspace() -> InsightWorkspace:
    return InsightWorkspace()


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
    ("spent", "tokens", "cost"),
    [(TokenUsage(7, 3), 10, None), (TokenUsage(0, 0), 0, "0.00"), (None, None, None)],
)
async def test_only_an_insight_without_tokens_is_known_to_cost_nothing(
    workspace: InsightWorkspace, spent: TokenUsage | None, tokens: int | None, cost: str | None
) -> None:
    workspace.model.analyses = [an_analysis(token_usage=spent)]

    insight = await workspace.insight()

    assert insight.tokens == tokens
    assert (None if insight.cost is None else str(insight.cost)) == cost


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
