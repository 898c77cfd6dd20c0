"""What every Insights promises."""

from dataclasses import replace

import pytest

from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import RESERVATION_LIFETIME
from sigmasight.domain.assistant.insights import Insight, InsightFilter, InsightMarks, InsightTopic
from sigmasight.domain.assistant.language_model import InsightType
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioNotFoundError
from tests.integration.contracts.assistant import *  # noqa: F403  a fixture
from tests.integration.contracts.assistant import Kept
from tests.support.builders.assistant import an_insight
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.language_model import an_analysis


@pytest.fixture
async def portfolio(kept: Kept) -> Portfolio:
    portfolio = a_portfolio()
    await kept.put(portfolio)
    return portfolio


async def add(kept: Kept, insight: Insight) -> Insight:
    """Store an insight as its use case does: with a message of its own."""
    await kept.ledger.reserve(insight.user_id, insight.id, NOON, DEFAULT_LIMITS)
    assert await kept.insights.add(insight)
    return insight


async def used(kept: Kept) -> int:
    return (await kept.ledger.counter(ANNS_ID)).used


async def test_an_insight_is_stored_as_it_is_and_is_its_owners_alone(
    kept: Kept, portfolio: Portfolio
) -> None:
    plain = await add(kept, an_insight(portfolio.id, analysis=an_analysis(token_usage=None)))
    rich = await add(
        kept,
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

    assert await kept.insights.find(ANNS_ID, plain.id) == plain
    assert await kept.insights.find(ANNS_ID, rich.id) == rich
    assert await kept.insights.find(BOBS_ID, rich.id) is None
    assert await kept.insights.mark(BOBS_ID, rich.id, InsightMarks(viewed=False)) is None
    assert await kept.insights.rate(BOBS_ID, rich.id, 1, None) is None
    which = InsightFilter(portfolio_id=portfolio.id)
    assert await kept.insights.list(BOBS_ID, which, limit=9, offset=0) == []
    assert await kept.insights.count(BOBS_ID, which) == 0
    assert await kept.insights.find(ANNS_ID, rich.id) == rich


async def test_an_insight_is_stored_with_its_message_kept(kept: Kept, portfolio: Portfolio) -> None:
    insight = an_insight(portfolio.id)
    await kept.ledger.reserve(ANNS_ID, insight.id, NOON, DEFAULT_LIMITS)
    before = await kept.insights.is_under_way(ANNS_ID, insight.id)
    somebody_elses = await kept.insights.is_under_way(BOBS_ID, insight.id)

    added = await kept.insights.add(insight)

    assert (before, somebody_elses, added) == (True, False, True)
    assert not await kept.insights.is_under_way(ANNS_ID, insight.id)
    assert not await kept.ledger.release(ANNS_ID, insight.id, NOON)
    assert await used(kept) == 1


async def test_an_insight_whose_message_was_given_back_is_not_stored(
    kept: Kept, portfolio: Portfolio
) -> None:
    insight = an_insight(portfolio.id)
    await kept.ledger.reserve(ANNS_ID, insight.id, NOON, DEFAULT_LIMITS)
    await kept.ledger.release_expired(NOON + RESERVATION_LIFETIME)

    added = await kept.insights.add(insight)

    assert not added
    assert await kept.insights.find(ANNS_ID, insight.id) is None
    assert await used(kept) == 0


async def test_an_insight_that_cannot_be_stored_leaves_its_message_to_be_given_back(
    kept: Kept,
) -> None:
    insight = an_insight(a_portfolio().id)
    await kept.ledger.reserve(ANNS_ID, insight.id, NOON, DEFAULT_LIMITS)

    with pytest.raises(PortfolioNotFoundError):
        await kept.insights.add(insight)

    assert await kept.insights.is_under_way(ANNS_ID, insight.id)
    assert await kept.ledger.release(ANNS_ID, insight.id, NOON)
    assert await used(kept) == 0


async def test_insights_are_listed_the_newest_first_and_told_apart(
    kept: Kept, portfolio: Portfolio
) -> None:
    other = a_portfolio(terms=terms(account_name="Other"))
    await kept.put(other)
    risk = InsightTopic(portfolio_id=portfolio.id, kind=InsightType.CONCENTRATION_RISK)
    old = await add(kept, an_insight(portfolio.id, created_at=NOON - DAY))
    new = await add(kept, an_insight(portfolio.id, created_at=NOON, topic=risk))
    newest = await add(kept, an_insight(portfolio.id, created_at=NOON + MINUTE))
    await add(kept, an_insight(other.id))
    everything = InsightFilter(portfolio_id=portfolio.id)

    async def found(which: InsightFilter) -> list[Insight]:
        insights = list(await kept.insights.list(ANNS_ID, which, limit=9, offset=0))
        assert await kept.insights.count(ANNS_ID, which) == len(insights)
        return insights

    assert await found(everything) == [newest, new, old]
    assert await found(replace(everything, kind=InsightType.CONCENTRATION_RISK)) == [new]
    assert await found(replace(everything, since=NOON)) == [newest, new]
    assert await kept.insights.list(ANNS_ID, everything, limit=1, offset=1) == [new]


async def test_marks_are_changed_one_by_one(kept: Kept, portfolio: Portfolio) -> None:
    insight = await add(kept, an_insight(portfolio.id))

    seen = [
        await kept.insights.mark(ANNS_ID, insight.id, marks)
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
    assert await kept.insights.find(ANNS_ID, insight.id) == seen[-1]


async def test_a_rating_takes_the_place_of_the_one_before(kept: Kept, portfolio: Portfolio) -> None:
    insight = await add(kept, an_insight(portfolio.id))

    first = await kept.insights.rate(ANNS_ID, insight.id, 5, "Helpful.")
    second = await kept.insights.rate(ANNS_ID, insight.id, 2, None)

    assert first == replace(insight, rating=5, feedback="Helpful.")
    assert second == replace(insight, rating=2, feedback=None)
    assert await kept.insights.find(ANNS_ID, insight.id) == second


async def test_the_insights_of_a_deleted_portfolio_are_gone(
    kept: Kept, portfolio: Portfolio
) -> None:
    insight = await add(kept, an_insight(portfolio.id))
    which = InsightFilter(portfolio_id=portfolio.id)

    await kept.put(replace(portfolio, deleted_at=NOON))

    assert await kept.insights.find(ANNS_ID, insight.id) is None
    assert await kept.insights.mark(ANNS_ID, insight.id, InsightMarks(viewed=True)) is None
    assert await kept.insights.rate(ANNS_ID, insight.id, 5, None) is None
    assert await kept.insights.list(ANNS_ID, which, limit=9, offset=0) == []
    assert await kept.insights.count(ANNS_ID, which) == 0
