"""What every Insights promises."""

from dataclasses import replace

import pytest

from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import RESERVATION_LIFETIME
from sigmasight.domain.assistant.insights import Insight, InsightFilter, InsightMarks, InsightTopic
from sigmasight.domain.assistant.language_model import InsightType
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioNotFoundError
from tests.integration.contracts.assistant import *  # noqa: F403  a fixture
from tests.integration.contracts.assistant import AssistantPorts
from tests.support.builders.assistant import an_insight
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.language_model import an_analysis


@pytest.fixture
async def portfolio(assistant: AssistantPorts) -> Portfolio:
    portfolio = a_portfolio()
    await assistant.put(portfolio)
    return portfolio


async def add(assistant: AssistantPorts, insight: Insight) -> Insight:
    """Store an insight as its use case does: with a message of its own."""
    await assistant.ledger.reserve(insight.user_id, insight.id, NOON, DEFAULT_LIMITS)
    assert await assistant.insights.add(insight)
    return insight


async def used(assistant: AssistantPorts) -> int:
    return (await assistant.ledger.counter(ANNS_ID)).used


async def test_an_insight_is_stored_as_it_is_and_is_its_owners_alone(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    plain = await add(assistant, an_insight(portfolio.id, analysis=an_analysis(token_usage=None)))
    rich = await add(
        assistant,
        an_insight(
            portfolio.id,
            topic=InsightTopic(
                portfolio_id=portfolio.id,
                kind=InsightType.CUSTOM,
                focus_area="fees",
                user_question="Are they high?",
            ),
            analysis=an_analysis(key_findings=[], recommendations=["One.", "Two, “and” {more}."]),
            viewed=True,
            dismissed=True,
            rating=4,
            feedback="Helpful.",
        ),
    )

    assert await assistant.insights.find(ANNS_ID, plain.id) == plain
    assert await assistant.insights.find(ANNS_ID, rich.id) == rich
    assert await assistant.insights.find(BOBS_ID, rich.id) is None
    assert await assistant.insights.mark(BOBS_ID, rich.id, InsightMarks(viewed=False)) is None
    assert await assistant.insights.rate(BOBS_ID, rich.id, 1, None) is None
    which = InsightFilter(portfolio_id=portfolio.id)
    assert await assistant.insights.list(BOBS_ID, which, limit=9, offset=0) == []
    assert await assistant.insights.count(BOBS_ID, which) == 0
    assert await assistant.insights.find(ANNS_ID, rich.id) == rich


async def test_an_insight_is_stored_and_its_message_charged(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    insight = an_insight(portfolio.id)
    await assistant.ledger.reserve(ANNS_ID, insight.id, NOON, DEFAULT_LIMITS)
    before = await assistant.insights.is_under_way(ANNS_ID, insight.id)
    somebody_elses = await assistant.insights.is_under_way(BOBS_ID, insight.id)

    added = await assistant.insights.add(insight)

    assert (before, somebody_elses, added) == (True, False, True)
    assert not await assistant.insights.is_under_way(ANNS_ID, insight.id)
    assert not await assistant.ledger.release(ANNS_ID, insight.id, NOON)
    assert await used(assistant) == 1


async def test_an_insight_whose_message_was_released_is_not_stored(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    insight = an_insight(portfolio.id)
    await assistant.ledger.reserve(ANNS_ID, insight.id, NOON, DEFAULT_LIMITS)
    await assistant.ledger.release_expired(NOON + RESERVATION_LIFETIME)

    added = await assistant.insights.add(insight)

    assert not added
    assert await assistant.insights.find(ANNS_ID, insight.id) is None
    assert await used(assistant) == 0


async def test_an_insight_that_cannot_be_stored_leaves_its_message_open(
    assistant: AssistantPorts,
) -> None:
    insight = an_insight(a_portfolio().id)
    await assistant.ledger.reserve(ANNS_ID, insight.id, NOON, DEFAULT_LIMITS)

    with pytest.raises(PortfolioNotFoundError):
        await assistant.insights.add(insight)

    assert await assistant.insights.is_under_way(ANNS_ID, insight.id)
    assert await assistant.ledger.release(ANNS_ID, insight.id, NOON)
    assert await used(assistant) == 0


async def test_insights_are_listed_newest_first_and_filtered(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    other = a_portfolio(terms=terms(account_name="Other"))
    await assistant.put(other)
    risk = InsightTopic(portfolio_id=portfolio.id, kind=InsightType.CONCENTRATION_RISK)
    old = await add(assistant, an_insight(portfolio.id, created_at=NOON - DAY))
    new = await add(assistant, an_insight(portfolio.id, created_at=NOON, topic=risk))
    newest = await add(assistant, an_insight(portfolio.id, created_at=NOON + MINUTE))
    await add(assistant, an_insight(other.id))
    everything = InsightFilter(portfolio_id=portfolio.id)

    async def found(which: InsightFilter) -> list[Insight]:
        insights = list(await assistant.insights.list(ANNS_ID, which, limit=9, offset=0))
        assert await assistant.insights.count(ANNS_ID, which) == len(insights)
        return insights

    assert await found(everything) == [newest, new, old]
    assert await found(replace(everything, kind=InsightType.CONCENTRATION_RISK)) == [new]
    assert await found(replace(everything, since=NOON)) == [newest, new]
    assert await assistant.insights.list(ANNS_ID, everything, limit=1, offset=1) == [new]


async def test_marks_are_changed_one_by_one(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    insight = await add(assistant, an_insight(portfolio.id))

    seen = [
        await assistant.insights.mark(ANNS_ID, insight.id, marks)
        for marks in (
            InsightMarks(viewed=True),
            InsightMarks(dismissed=True),
            InsightMarks(viewed=False),
            InsightMarks(),
        )
    ]

    assert [(each.viewed, each.dismissed) for each in seen if each] == [
        (True, False),
        (True, True),
        (False, True),
        (False, True),
    ]
    assert await assistant.insights.find(ANNS_ID, insight.id) == seen[-1]


async def test_a_rating_takes_the_place_of_the_one_before(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    insight = await add(assistant, an_insight(portfolio.id))

    first = await assistant.insights.rate(ANNS_ID, insight.id, 5, "Helpful.")
    second = await assistant.insights.rate(ANNS_ID, insight.id, 2, None)

    assert first == replace(insight, rating=5, feedback="Helpful.")
    assert second == replace(insight, rating=2, feedback=None)
    assert await assistant.insights.find(ANNS_ID, insight.id) == second


async def test_the_insights_of_a_deleted_portfolio_are_deleted(
    assistant: AssistantPorts, portfolio: Portfolio
) -> None:
    insight = await add(assistant, an_insight(portfolio.id))
    which = InsightFilter(portfolio_id=portfolio.id)

    await assistant.put(replace(portfolio, deleted_at=NOON))

    assert await assistant.insights.find(ANNS_ID, insight.id) is None
    assert await assistant.insights.mark(ANNS_ID, insight.id, InsightMarks(viewed=True)) is None
    assert await assistant.insights.rate(ANNS_ID, insight.id, 5, None) is None
    assert await assistant.insights.list(ANNS_ID, which, limit=9, offset=0) == []
    assert await assistant.insights.count(ANNS_ID, which) == 0
