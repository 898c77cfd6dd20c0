"""The settings of the servers, compared with those of a command."""

from typing import Any

from sigmasight.domain.access.recorded_settings import (
    CompareSettings,
    EntitlementSettings,
    RecordSettings,
    SettingDifference,
)
from tests.support.builders.instants import NOON
from tests.support.fakes.access import InMemoryRecordedSettings
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.store import InMemoryStore


async def recorded(store: InMemoryStore, **settings: Any) -> None:
    record = RecordSettings(
        EntitlementSettings(settings),
        InMemoryRecordedSettings(store),
        FixedClock(NOON),
        ImmediateTransaction(store),
    )
    await record()


def comparison(store: InMemoryStore, **settings: Any) -> CompareSettings:
    return CompareSettings(
        EntitlementSettings(settings), InMemoryRecordedSettings(store), ImmediateTransaction(store)
    )


async def test_a_starting_server_records_its_settings_and_when() -> None:
    store = InMemoryStore()

    await recorded(store, BILLING_GRACE_DAYS=7)

    assert store.server_settings == {"BILLING_GRACE_DAYS": (7, NOON)}


async def test_only_settings_that_both_have_and_that_differ_are_reported() -> None:
    store = InMemoryStore()
    await recorded(store, BILLING_GRACE_DAYS=7, CLERK_PAID_PLANS=["pro"], OLD=1)

    differences = await comparison(store, BILLING_GRACE_DAYS=7, CLERK_PAID_PLANS=["gold"], NEW=2)()

    assert differences == [SettingDifference("CLERK_PAID_PLANS", ["gold"], ["pro"])]


async def test_before_the_first_server_nothing_differs() -> None:
    assert await comparison(InMemoryStore(), BILLING_GRACE_DAYS=7)() == []
