"""Nouns agree with their count in messages."""

import pytest

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.access.usage import AiLimitReachedError
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.portfolio import PortfolioLimitReachedError
from tests.support.builders.instants import NOON


@pytest.mark.parametrize(
    ("count", "reported"),
    [(0, "0 prices"), (1, "1 price"), (2, "2 prices"), (2000, "2,000 prices")],
)
def test_a_noun_agrees_with_its_count(count: int, reported: str) -> None:
    assert count_noun(count, "price") == reported


def test_a_noun_may_have_an_irregular_plural() -> None:
    assert count_noun(2, "delivery", "deliveries") == "2 deliveries"


def test_limits_of_one_are_in_the_singular() -> None:
    full = PortfolioLimitReachedError(limit=1, current_count=1, tier=Tier.FREE)
    spent = AiLimitReachedError(tier=Tier.FREE, limit=1, used=1, now=NOON)

    assert str(full) == "The free tier includes 1 portfolio, and you have 1."
    assert str(spent) == "The free tier includes 1 AI message a month, and none is left."
