"""The events of the local Clerk, and what they leave behind."""

from typing import Any, get_args

import pytest

from sigmasight.entrypoints.local.clerk import payloads
from sigmasight.entrypoints.local.clerk.events import EventType, emit
from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from sigmasight.entrypoints.local.clerk.state import MONTH, NotFoundError
from tests.support.builders.clerk_events import milliseconds
from tests.support.builders.instants import MINUTE, NOON
from tests.support.fakes.clerk import FakeClerk

ANN = "user_demo_ann"
AT = milliseconds(NOON)


@pytest.fixture
def clerk() -> FakeClerk:
    clerk = FakeClerk()
    ensure_account(clerk.instance, "ann")
    return clerk


def happens(clerk: FakeClerk, kind: EventType) -> Any:
    """Return the facts of the event."""
    return emit(clerk.instance, kind, ANN)["data"]


def plans(clerk: FakeClerk) -> list[tuple[str | None, str]]:
    return [(item.plan, item.status) for item in clerk.instance.state.items_of(ANN)]


@pytest.mark.parametrize("kind", get_args(EventType))
def test_every_event_comes_in_clerks_envelope(clerk: FakeClerk, kind: EventType) -> None:
    event = emit(clerk.instance, kind, ANN)

    assert (event["object"], event["type"]) == ("event", kind)
    assert (event["timestamp"], event["instance_id"]) == (AT, "ins_local")
    assert event["data"]


def test_an_upgrade_ends_the_free_plan(clerk: FakeClerk) -> None:
    happens(clerk, "subscription.created")
    reported = payloads.webhook_subscription(
        clerk.instance.account(ANN), clerk.instance.state.items_of(ANN)
    )

    assert plans(clerk) == [("free_user", "ended"), ("pro", "active")]
    assert reported["object"] == "commerce_subscription"
    assert reported["payer"]["user_id"] == ANN
    assert reported["payer"]["organization_id"] == ""
    assert [(item["plan"]["slug"], item["status"]) for item in reported["items"]] == plans(clerk)
    assert {item["subscription_id"] for item in reported["items"]} == {None}
    assert not any("payer" in item for item in reported["items"])


def test_an_unpaid_bill_dates_from_its_first_day(clerk: FakeClerk) -> None:
    first = happens(clerk, "subscription.pastDue")
    clerk.clock.advance(MINUTE)
    again = happens(clerk, "subscription.pastDue")
    paid = happens(clerk, "subscription.active")

    assert (first["status"], first["past_due_at"]) == ("past_due", AT)
    assert again["past_due_at"] == AT
    assert again["updated_at"] == AT + 60_000
    assert (paid["status"], paid["past_due_at"]) == ("active", None)


def test_a_canceled_item_lasts_to_the_end_of_its_month(clerk: FakeClerk) -> None:
    item = happens(clerk, "subscriptionItem.canceled")

    assert (item["status"], item["period_end"]) == ("canceled", AT + MONTH)
    assert item["plan"]["slug"] == "pro"
    assert item["payer"]["user_id"] == ANN


def test_after_the_end_of_an_item_another_upgrade_is_another_item(clerk: FakeClerk) -> None:
    ended = happens(clerk, "subscriptionItem.ended")
    after = plans(clerk)
    active = happens(clerk, "subscriptionItem.active")

    assert ended["status"] == "ended"
    assert after == [("free_user", "ended"), ("pro", "ended"), ("free_user", "active")]
    assert active["id"] != ended["id"]
    assert plans(clerk)[2:] == [("free_user", "ended"), ("pro", "active")]


def test_a_change_of_a_user_is_dated(clerk: FakeClerk) -> None:
    clerk.clock.advance(MINUTE)

    reported = happens(clerk, "user.updated")

    assert (reported["created_at"], reported["updated_at"]) == (AT, AT + 60_000)


def test_a_deleted_user_is_removed_with_everything(clerk: FakeClerk) -> None:
    session = clerk.instance.sign_in(ANN)

    reported = happens(clerk, "user.deleted")

    assert reported == {"object": "user", "id": ANN, "deleted": True}
    assert plans(clerk) == []
    with pytest.raises(NotFoundError):
        clerk.instance.session(session.id)


def test_an_update_bans_and_lets_in_again_and_is_newer_each_time(clerk: FakeClerk) -> None:
    banned = emit(clerk.instance, "user.updated", ANN, banned=True)["data"]
    still = happens(clerk, "user.updated")
    free = emit(clerk.instance, "user.updated", ANN, banned=False)["data"]

    assert [each["banned"] for each in (banned, still, free)] == [True, True, False]
    assert banned["updated_at"] <= still["updated_at"] <= free["updated_at"]


async def test_only_an_update_of_the_user_can_ban(clerk: FakeClerk) -> None:
    async with clerk.client() as client:
        refused = await client.post("/webhooks/ann/user.deleted?banned=true")

    assert refused.status_code == 400
    assert ANN in clerk.instance.state.accounts


async def test_a_late_event_has_happened_but_is_not_delivered(clerk: FakeClerk) -> None:
    async with clerk.client() as client:
        answer = await client.post("/webhooks/ann/subscription.created?delivery=late")

    assert answer.json() == []
    assert plans(clerk)[-1] == ("pro", "active")
