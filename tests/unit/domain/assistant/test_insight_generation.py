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


class Study:
    """Where Ann has her one portfolio analysed: all it takes, in memory."""

    def __init__(self) -> None:
        self.portfolio = a_portfolio()
        self.memory = InMemoryStore(
            users={ANNS_ID: a_user()}, portfolios={(ANNS_ID, self.portfolio.id): self.portfolio}
        )
        self.clock = FixedClock(NOON)
        self.model = FakeLanguageModel()
        self.insights = InMemoryInsights(self.memory)
        ledger = InMemoryMessageLedger(self.memory)
        self.generate_ = GenerateInsight(
            self.insights,
            ledger,
            InMemoryPortfolioContexts(self.memory),
            InMemoryMemories(self.memory),
            self.model,
            DEFAULT_LIMITS,
            self.clock,
        )
        self.follow = FollowInsight(self.insights)
        self.give_back_abandoned = ReleaseExpiredReservations(ledger, self.clock)

    def topic(self, **about: Any) -> InsightTopic:
        return InsightTopic(
            **{"portfolio_id": self.portfolio.id, "kind": InsightType.DAILY_SUMMARY, **about}
        )

    async def generate(self, key: str | None = None, **about: Any) -> GeneratedInsight:
        topic = self.topic(**about)
        return await self.generate_(
            topic, IdempotencyKey(key, str(topic)) if key else None, by=ANNS_ID
        )

    async def insight(self, **about: Any) -> Insight:
        insight = (await self.generate(**about)).insight
        assert insight
        return insight

    @property
    def used(self) -> int:
        return self.memory.users[ANNS_ID].messages.used

    @property
    def unsettled(self) -> int:
        return sum(entry.is_open for entry in self.memory.entries.values())

    @property
    def has_nothing_to_show(self) -> bool:
        """Whether there is no insight, nothing that was paid for, and nothing under way."""
        left = (self.used, self.unsettled, self.model.open)
        return self.memory.insights == {} and left == (0, 0, 0)


@pytest.fixture
def study() -> Study:
    return Study()


async def test_an_insight_is_stored_under_the_id_of_the_message_it_took(study: Study) -> None:
    generated = await study.generate(focus_area="fees", user_question="Are they high?")

    insight = generated.insight
    assert insight
    assert insight.id == generated.reservation.id
    assert insight.analysis == an_analysis()
    assert (insight.topic.focus_area, insight.topic.user_question) == ("fees", "Are they high?")
    assert (insight.viewed, insight.dismissed, insight.rating) == (False, False, None)
    assert study.memory.insights == {insight.id: insight}
    assert (study.used, study.unsettled) == (1, 0)


async def test_an_insight_tells_how_long_it_took(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(_: AnalysisRequest) -> Analysis:
        study.clock.advance(MINUTE)
        return an_analysis()

    monkeypatch.setattr(study.model, "analyse", slowly)

    insight = await study.insight()

    assert (insight.created_at, insight.took) == (NOON + MINUTE, MINUTE)


@pytest.mark.parametrize(
    ("spent", "tokens", "cost"),
    [(TokenUsage(7, 3), 10, None), (TokenUsage(0, 0), 0, "0.00"), (None, None, None)],
)
async def test_only_what_took_no_tokens_is_known_to_cost_nothing(
    study: Study, spent: TokenUsage | None, tokens: int | None, cost: str | None
) -> None:
    study.model.analyses = [an_analysis(token_usage=spent)]

    insight = await study.insight()

    assert insight.tokens == tokens
    assert (None if insight.cost is None else str(insight.cost)) == cost


async def test_the_model_is_told_the_book_the_topic_and_the_memories_that_concern_it(
    study: Study,
) -> None:
    facts = [
        a_memory("I dislike tobacco."),
        a_memory("Fees of over one percent are too high."),
        a_memory("About another one.", portfolio_id=PortfolioId(uuid4())),
        a_memory("About this one.", portfolio_id=study.portfolio.id),
    ]
    study.memory.facts.update((each.id, each) for each in facts)

    await study.generate(kind=InsightType.CUSTOM, focus_area="fees", user_question="Too high?")

    [request] = study.model.requests
    assert request.portfolio.portfolio == study.portfolio
    assert (request.kind, request.focus_area) == (InsightType.CUSTOM, "fees")
    assert (request.user_question, request.asked_at) == ("Too high?", NOON)
    assert request.memories[0] == facts[1].content
    assert set(request.memories) == {facts[place].content for place in (0, 1, 3)}


async def test_a_portfolio_that_is_inactive_is_analysed_too(study: Study) -> None:
    inactive = a_portfolio(terms=terms(is_active=False))
    study.memory.portfolios[ANNS_ID, inactive.id] = inactive

    insight = await study.insight(portfolio_id=inactive.id)

    assert insight.topic.portfolio_id == inactive.id


async def test_an_analysis_that_is_malformed_is_asked_for_once_more(study: Study) -> None:
    study.model.analyses = [MALFORMED, an_analysis(title="At last")]

    insight = await study.insight()

    assert insight.analysis.title == "At last"
    assert (len(study.model.requests), study.used, study.unsettled) == (2, 1, 0)


async def test_one_that_is_malformed_twice_is_no_insight_and_costs_nothing(study: Study) -> None:
    study.model.analyses = [MALFORMED, MALFORMED, an_analysis()]

    with pytest.raises(MalformedAnalysisError):
        await study.generate()

    assert len(study.model.requests) == 2
    assert study.has_nothing_to_show


@pytest.mark.parametrize("outcomes", [[OVERLOADED], [MALFORMED, OVERLOADED]])
async def test_a_model_that_is_down_is_not_asked_again_and_costs_nothing(
    study: Study, outcomes: list[Exception]
) -> None:
    study.model.analyses = outcomes

    with pytest.raises(AiUnavailableError) as raised:
        await study.generate()

    assert raised.value.failure is ModelFailure.RATE_LIMITED
    assert len(study.model.requests) == len(outcomes)
    assert study.has_nothing_to_show


async def test_a_model_that_takes_too_long_is_left_and_costs_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insight_generation, "REPLY_SECONDS", 0.01)
    study.model.gate.clear()

    with pytest.raises(AiUnavailableError) as raised:
        await study.generate()

    assert raised.value.failure is ModelFailure.NETWORK_ERROR
    assert study.has_nothing_to_show


async def test_who_is_cancelled_meanwhile_leaves_the_model_and_pays_nothing(study: Study) -> None:
    study.model.gate.clear()
    under_way = asyncio.create_task(study.generate())
    await study.model.asked.wait()

    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way

    assert study.has_nothing_to_show


async def test_a_bug_costs_nothing_and_is_told_as_the_cause_of_the_refusal(study: Study) -> None:
    study.model.analyses = [ZeroDivisionError("a bug")]

    with pytest.raises(AiUnavailableError) as raised:
        await study.generate()

    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert "a bug" not in str(raised.value)
    assert study.has_nothing_to_show


@pytest.mark.parametrize(("port", "question"), [("memories", "relevant_to"), ("insights", "add")])
async def test_a_database_that_is_down_meanwhile_is_told_and_costs_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch, port: str, question: str
) -> None:
    async def down(*_: Any) -> Any:
        raise DatabaseUnavailableError

    monkeypatch.setattr(getattr(study.generate_, port), question, down)

    with pytest.raises(DatabaseUnavailableError):
        await study.generate()

    assert study.has_nothing_to_show


async def test_an_insight_that_comes_after_its_lease_is_none(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def all_too_late(_: AnalysisRequest) -> Analysis:
        study.clock.advance(RESERVATION_LIFETIME)
        await study.give_back_abandoned()
        return an_analysis()

    monkeypatch.setattr(study.model, "analyse", all_too_late)

    with pytest.raises(AiUnavailableError):
        await study.generate()

    assert study.has_nothing_to_show


async def test_a_portfolio_deleted_meanwhile_has_no_insights(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_nobody(_: AnalysisRequest) -> Analysis:
        study.memory.portfolios.clear()
        return an_analysis()

    monkeypatch.setattr(study.model, "analyse", for_nobody)

    with pytest.raises(PortfolioNotFoundError):
        await study.generate()

    assert study.has_nothing_to_show


async def test_without_a_message_left_the_model_is_not_asked(study: Study) -> None:
    study.memory.users[ANNS_ID] = a_user(messages=MessageCounter(100, NOON))

    with pytest.raises(AiLimitReachedError):
        await study.generate()

    assert study.model.requests == []
    assert study.memory.entries == {}


async def test_a_portfolio_of_somebody_elses_or_of_nobodys_costs_nothing(study: Study) -> None:
    bobs = a_portfolio(user_id=BOBS_ID)
    study.memory.portfolios[BOBS_ID, bobs.id] = bobs

    for portfolio in (bobs.id, PortfolioId(uuid4())):
        with pytest.raises(PortfolioNotFoundError):
            await study.generate(portfolio_id=portfolio)

    assert (study.memory.entries, study.model.requests) == ({}, [])


async def test_a_custom_insight_without_its_question_costs_nothing(study: Study) -> None:
    with pytest.raises(ValidationFailedError):
        await study.generate(kind=InsightType.CUSTOM)

    assert (study.memory.entries, study.model.requests) == ({}, [])


async def test_the_same_key_is_charged_once_and_follows_the_first_insight(study: Study) -> None:
    study.model.gate.clear()
    under_way = asyncio.create_task(study.generate("k"))
    await study.model.asked.wait()

    again = await study.generate("k")
    before = await study.follow(again.reservation.id, by=ANNS_ID)
    study.model.gate.set()
    first = (await under_way).insight
    after = await study.follow(again.reservation.id, by=ANNS_ID)

    assert (again.insight, before) == (None, None)
    assert first
    assert after == first
    assert (study.used, len(study.model.requests)) == (1, 1)


async def test_the_same_key_for_something_else_is_refused(study: Study) -> None:
    await study.generate("k")

    with pytest.raises(IdempotencyKeyReusedError):
        await study.generate("k", focus_area="fees")

    assert study.used == 1


async def test_who_follows_an_insight_that_fails_is_told_and_may_ask_anew(study: Study) -> None:
    study.model.analyses = [OVERLOADED, an_analysis()]
    study.model.gate.clear()
    under_way = asyncio.create_task(study.generate("k"))
    await study.model.asked.wait()
    again = await study.generate("k")
    study.model.gate.set()
    with pytest.raises(AiUnavailableError):
        await under_way

    with pytest.raises(AiUnavailableError):
        await study.follow(again.reservation.id, by=ANNS_ID)

    anew = await study.generate("k")
    assert anew.insight
    assert anew.reservation.id != again.reservation.id
    assert (study.used, study.unsettled) == (1, 0)


async def test_nobody_follows_what_somebody_else_has_asked_for(study: Study) -> None:
    insight = await study.insight()

    with pytest.raises(AiUnavailableError):
        await study.follow(insight.id, by=BOBS_ID)


async def test_an_insight_whose_server_died_is_given_back_when_its_lease_has_run_out(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(*_: Any) -> Any:
        raise DatabaseUnavailableError

    monkeypatch.setattr(study.generate_.ledger, "release", dead)
    study.model.analyses = [OVERLOADED]
    with pytest.raises(DatabaseUnavailableError):
        await study.generate()
    assert (study.used, study.unsettled) == (1, 1)
    monkeypatch.undo()
    study.clock.advance(RESERVATION_LIFETIME)

    assert await study.give_back_abandoned() == 1

    assert study.has_nothing_to_show
