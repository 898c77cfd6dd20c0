from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.usage import MessageCounter, next_period_start, period_start
from tests.support.builders.instants import NOON

INSTANTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001  hypothesis adds the zone itself
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
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
