from sigmasight.domain.access.entitlements import Entitlements
from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Limits, Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from tests.support.builders.instants import DAY, NOON
from tests.support.fakes.kernel import FixedClock
from tests.unit.domain.access.test_usage import FEBRUARY, JANUARY

CLOCK = FixedClock(NOON)
DEFAULT = Entitlements(DEFAULT_LIMITS, CLOCK)
UNLIMITED = Limits(max_portfolios=None, max_ai_messages=None)


def test_a_tier_has_its_limits_and_what_is_left_of_them() -> None:
    paid = Subscription(Tier.PAID, NOON + DAY)

    entitled = DEFAULT.current(paid, MessageCounter(300, JANUARY))

    assert (entitled.tier, entitled.tier_expires_at) == (Tier.PAID, NOON + DAY)
    assert entitled.limits == DEFAULT_LIMITS[Tier.PAID]
    assert (entitled.messages_used, entitled.messages_remaining) == (300, 700)
    assert entitled.period_end == FEBRUARY


def test_a_lapsed_tier_has_the_limits_of_free() -> None:
    entitled = DEFAULT.current(Subscription(Tier.PAID, NOON), MessageCounter(30, JANUARY))

    assert (entitled.tier, entitled.tier_expires_at) == (Tier.FREE, None)
    assert entitled.messages_remaining == 70


def test_an_upgrade_raises_limits_at_once_and_keeps_the_usage() -> None:
    used = MessageCounter(100, JANUARY)

    before, after = (DEFAULT.current(Subscription(tier), used) for tier in (Tier.FREE, Tier.PAID))

    assert (before.messages_used, before.messages_remaining) == (100, 0)
    assert (after.messages_used, after.messages_remaining) == (100, 900)


def test_after_a_downgrade_nothing_is_left_rather_than_less_than_nothing() -> None:
    entitled = DEFAULT.current(Subscription(Tier.FREE), MessageCounter(300, JANUARY))

    assert (entitled.messages_used, entitled.messages_remaining) == (300, 0)


def test_a_limit_of_none_is_unlimited() -> None:
    unlimited = Entitlements(dict.fromkeys(Tier, UNLIMITED), CLOCK)

    entitled = unlimited.current(Subscription(), MessageCounter(10_000, JANUARY))

    assert entitled.messages_remaining is None
