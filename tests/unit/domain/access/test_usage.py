"""The counter of AI messages, its periods, and its history."""

import time
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.access.usage import (
    AiLimitReachedError,
    IdempotencyKeyReusedError,
    MessageCounter,
    MessageId,
    ReadUsageHistory,
    ReleaseExpiredReservations,
    UsagePeriod,
    next_period_start,
    period_start,
)
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.store import Entry, InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger

INSTANTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001  hypothesis adds the zone itself
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
DECEMBER = datetime(2025, 12, 1, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


@given(INSTANTS)
def test_an_instant_lies_in_its_own_period(at: datetime) -> None:
    assert period_start(at) <= at < next_period_start(at)


@given(INSTANTS)
def test_a_period_is_a_calendar_month(at: datetime) -> None:
    start, following = period_start(at), next_period_start(at)

    assert (start.year, start.month, start.day) == (at.year, at.month, 1)
    assert period_start(following) == following
    assert timedelta(days=28) <= following - start <= timedelta(days=31)


@given(INSTANTS)
def test_periods_follow_on_one_another_without_a_gap(at: datetime) -> None:
    following = next_period_start(at)

    assert period_start(following - timedelta(microseconds=1)) == period_start(at)


def test_december_is_followed_by_january_of_the_next_year() -> None:
    assert next_period_start(datetime(2025, 12, 31, 23, 59, tzinfo=UTC)) == JANUARY


def test_months_are_those_of_utc_wherever_an_instant_was_written() -> None:
    still_january_in_new_york = datetime(2026, 1, 31, 20, tzinfo=timezone(timedelta(hours=-5)))

    assert period_start(still_january_in_new_york) == FEBRUARY


def test_months_are_those_of_utc_wherever_the_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    already_february = datetime(2026, 1, 31, 20, tzinfo=timezone(timedelta(hours=-5)))

    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "XXX+5")
        time.tzset()
        start = period_start(already_february)
    time.tzset()

    assert start == FEBRUARY


def test_messages_of_this_month_count() -> None:
    assert MessageCounter(7, reset_at=JANUARY).used_at(NOON) == 7


def test_a_stale_row_reads_as_0_used() -> None:
    stale = MessageCounter(100, reset_at=JANUARY - timedelta(microseconds=1))

    assert stale.used_at(JANUARY) == 0


def test_a_clock_that_steps_back_resets_nothing() -> None:
    counter = MessageCounter(7, reset_at=FEBRUARY)

    assert counter.used_at(NOON) == 7


@given(reset_at=INSTANTS, now=INSTANTS, used=st.integers(0, 10_000))
def test_a_counter_reads_as_all_or_nothing(reset_at: datetime, now: datetime, used: int) -> None:
    counted = MessageCounter(used, reset_at).used_at(now)

    assert counted == (used if reset_at >= period_start(now) else 0)


def test_a_new_month_begins_at_zero_where_it_was_reset() -> None:
    last_month = MessageCounter(7, reset_at=DECEMBER, granted=50)

    assert last_month.at(NOON) == MessageCounter(0, NOON)


class TestReserving:
    def test_takes_messages_up_to_the_limit_and_no_further(self) -> None:
        last = MessageCounter(99, reset_at=JANUARY).reserve(NOON, 100)

        assert last == MessageCounter(100, JANUARY)
        assert last.reserve(NOON, 100) is None

    def test_takes_granted_messages_on_top_of_the_limit(self) -> None:
        counter = MessageCounter(100, reset_at=JANUARY, granted=1)

        last = counter.reserve(NOON, 100)

        assert counter.limit_at(NOON, 100) == 101
        assert last == MessageCounter(101, JANUARY, granted=1)
        assert last.reserve(NOON, 100) is None

    def test_never_ends_without_a_limit(self) -> None:
        counter = MessageCounter(10_000, reset_at=JANUARY, granted=1)

        assert counter.reserve(NOON, None) == MessageCounter(10_001, JANUARY, granted=1)

    def test_begins_again_in_a_new_month_without_the_grants_of_the_last(self) -> None:
        counter = MessageCounter(150, reset_at=DECEMBER, granted=50)

        assert counter.reserve(NOON, 100) == MessageCounter(1, NOON)
        assert counter.limit_at(NOON, 100) == 100


class TestReleasing:
    def test_returns_a_message_of_the_current_period(self) -> None:
        counter = MessageCounter(7, reset_at=NOON, granted=2)

        assert counter.release(JANUARY) == MessageCounter(6, NOON, granted=2)

    def test_changes_nothing_once_the_month_is_over(self) -> None:
        counter = MessageCounter(7, reset_at=NOON)

        assert counter.release(DECEMBER) == counter


class TestGranting:
    def test_adds_to_earlier_grants_of_the_month(self) -> None:
        counter = MessageCounter(7, reset_at=JANUARY, granted=2)

        assert counter.grant(50, NOON) == MessageCounter(7, JANUARY, granted=52)

    def test_begins_a_new_month(self) -> None:
        counter = MessageCounter(7, reset_at=DECEMBER, granted=2)

        assert counter.grant(50, NOON) == MessageCounter(0, NOON, granted=50)


def test_a_reached_limit_has_its_tier_the_usage_and_when_it_is_reset() -> None:
    noon_of_the_last_day = FEBRUARY - timedelta(hours=12)

    reached = AiLimitReachedError(tier=Tier.FREE, limit=100, used=101, now=noon_of_the_last_day)

    assert str(reached) == "The free tier includes 100 AI messages a month, and none is left."
    assert reached.details == {
        "limit": 100,
        "used": 101,
        "tier": Tier.FREE,
        "resets_at": FEBRUARY,
    }
    assert (reached.limit, reached.used, reached.at) == (100, 101, noon_of_the_last_day)
    assert reached.retry_after == 12 * 3600


def test_a_reused_key_is_refused_with_the_reason() -> None:
    assert str(IdempotencyKeyReusedError()) == (
        "This Idempotency-Key was used with another request within the last 24 hours."
    )


def a_message(period: datetime, *, limit: int | None = 100) -> Entry:
    return Entry(ANNS_ID, period, limit, period + timedelta(minutes=5))


class TestHistory:
    COUNTER = MessageCounter(3, reset_at=JANUARY)

    async def read(self, *entries: Entry, since: datetime, months: int = 12) -> list[UsagePeriod]:
        store = InMemoryStore(users={ANNS_ID: a_user()})
        store.entries |= {MessageId(UUID(int=n)): entry for n, entry in enumerate(entries)}
        read = ReadUsageHistory(InMemoryMessageLedger(store), FixedClock(NOON))
        return [*await read(ANNS_ID, self.COUNTER, limit=50, since=since, months=months)]

    async def test_has_the_counter_of_this_month_and_earlier_months_newest_first(self) -> None:
        november = datetime(2025, 11, 1, tzinfo=UTC)

        periods = await self.read(
            a_message(JANUARY), a_message(DECEMBER), a_message(DECEMBER), since=november
        )

        assert periods == [
            UsagePeriod(JANUARY, 3, 50),
            UsagePeriod(DECEMBER, 2, 100),
            UsagePeriod(november, 0, 50),
        ]

    async def test_begins_with_the_month_of_an_instant_within_it(self) -> None:
        periods = await self.read(since=DECEMBER + timedelta(days=30))

        assert [period.start for period in periods] == [JANUARY, DECEMBER]

    @pytest.mark.parametrize("months", [1, 2, 14])
    async def test_has_so_many_months_and_no_more(self, months: int) -> None:
        periods = await self.read(since=DECEMBER - timedelta(days=3000), months=months)

        assert len(periods) == months
        assert len({period.start for period in periods}) == months
        assert all(period.start.day == 1 for period in periods)


async def test_expired_reservations_are_released_at_the_clocks_time() -> None:
    store = InMemoryStore(users={ANNS_ID: a_user(messages=MessageCounter(3, reset_at=JANUARY))})
    store.entries[MessageId(UUID(int=1))] = Entry(ANNS_ID, JANUARY, 100, NOON)
    store.entries[MessageId(UUID(int=2))] = Entry(ANNS_ID, JANUARY, 100, NOON + timedelta(1))

    released = await ReleaseExpiredReservations(InMemoryMessageLedger(store), FixedClock(NOON))()

    assert released == 1
    assert store.users[ANNS_ID].messages.used == 2
