"""When records expire."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.usage import next_period_start, period_start
from sigmasight.domain.maintenance.retention import (
    MONTHS_OF_MESSAGES,
    RecordKind,
    RetentionPeriods,
    first_period,
)
from tests.support.builders.instants import NOON

PERIODS = RetentionPeriods(
    snapshots=timedelta(400), runs=timedelta(90), webhooks=timedelta(60), audit=timedelta(1096)
)


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (RecordKind.SNAPSHOTS, 400),
        (RecordKind.CALCULATIONS, 90),
        (RecordKind.MAINTENANCE_RUNS, 90),
        (RecordKind.WEBHOOKS, 60),
        (RecordKind.AUDIT, 1096),
    ],
)
def test_a_record_expires_after_the_days_of_its_kind(kind: RecordKind, days: int) -> None:
    assert PERIODS.expired_before(kind, NOON) == NOON - timedelta(days)


@pytest.mark.parametrize("kind", [RecordKind.MESSAGES, RecordKind.IDEMPOTENCY_KEYS])
def test_messages_expire_by_the_month(kind: RecordKind) -> None:
    november = datetime(2026, 11, 28, 9, tzinfo=UTC)

    assert PERIODS.expired_before(kind, november) == datetime(2024, 11, 1, tzinfo=UTC)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  in UTC
def test_this_month_and_the_two_years_before_it_stay(now: datetime) -> None:
    period = first_period(now)
    for _ in range(MONTHS_OF_MESSAGES - 1):
        period = next_period_start(period)

    assert period == period_start(now)
