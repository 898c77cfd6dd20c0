from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Limits, Subscription, Tier
from tests.support.builders.instants import DAY, NOON

INSTANTS = st.integers(-1000, 1000).map(lambda days: NOON + days * DAY)


def test_free_includes_2_portfolios_and_100_ai_messages() -> None:
    assert DEFAULT_LIMITS[Tier.FREE] == Limits(max_portfolios=2, max_ai_messages=100)


def test_paid_includes_10_portfolios_and_1000_ai_messages() -> None:
    assert DEFAULT_LIMITS[Tier.PAID] == Limits(max_portfolios=10, max_ai_messages=1000)


def test_every_tier_has_limits() -> None:
    assert set(DEFAULT_LIMITS) == set(Tier)


@given(st.text())
def test_an_unknown_tier_counts_as_free(name: str) -> None:
    tier = Tier.named(name)

    assert tier is (Tier.PAID if name == "paid" else Tier.FREE)


def test_a_tier_is_found_by_its_name() -> None:
    assert [Tier.named(tier.value) for tier in Tier] == [*Tier]


def test_a_tier_without_an_end_stays() -> None:
    paid = Subscription(Tier.PAID)

    assert paid.at(NOON + 10_000 * DAY) == paid


def test_a_tier_counts_until_the_instant_it_ends_and_not_at_it() -> None:
    paid = Subscription(Tier.PAID, expires_at=NOON)

    assert paid.at(NOON - datetime.resolution) == paid
    assert paid.at(NOON) == Subscription(Tier.FREE)


@given(ends=INSTANTS, earlier=INSTANTS, later=INSTANTS)
def test_a_tier_that_has_lapsed_stays_lapsed_without_an_event(
    ends: datetime, earlier: datetime, later: datetime
) -> None:
    earlier, later = sorted([earlier, later])
    subscription = Subscription(Tier.PAID, expires_at=ends)

    if subscription.at(earlier).tier is Tier.FREE:
        assert subscription.at(later).tier is Tier.FREE
