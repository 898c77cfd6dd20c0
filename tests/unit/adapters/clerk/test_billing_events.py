"""Decoding the events of Clerk Billing."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from sigmasight.adapters.clerk.events import ClerkEventReader
from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from sigmasight.domain.clerk_events.events import ClerkEvent
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome
from tests.support.builders import clerk_events
from tests.support.builders.clerk_events import (
    a_payer,
    milliseconds,
    subscription,
    subscription_item,
)
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN

ITEM: Final = SubscriptionItem(
    id="csub_item_1", plan="pro", status=ItemStatus.ACTIVE, charged=True, known_at=NOON
)
STATUSES: Final = {
    "active": "active",
    "canceled": "canceled",
    "upcoming": "upcoming",
    "ended": "ended",
    "abandoned": "abandoned",
    "incomplete": "incomplete",
    "pastDue": "past_due",
    "updated": "active",
    "created": "active",
    "freeTrialEnding": "active",
}


def read(body: bytes) -> ClerkEvent:
    return ClerkEventReader().read(Delivery(id="msg_1", attempted_at=NOON + DAY, body=body))


def items(body: bytes) -> Sequence[SubscriptionItem]:
    event = read(body)
    assert event.outcome is DeliveryOutcome.RECEIVED, event.error
    assert event.facts is not None
    assert event.facts.account == ANN
    return event.facts.items


def an_item(**about: Any) -> dict[str, Any]:
    return clerk_events.an_item(**about)


@pytest.mark.parametrize("kind", ["created", "updated", "active", "pastDue", "something.new"])
def test_a_subscription_event_carries_all_its_items(kind: str) -> None:
    ended = an_item(item_id="csub_item_0", plan="free_user", status="ended", at=NOON - DAY)

    reported = items(subscription(kind, an_item(), ended))

    free = SubscriptionItem(
        id="csub_item_0", plan="free_user", status=ItemStatus.ENDED, known_at=NOON - DAY
    )
    assert reported == [ITEM, free]


def test_items_may_be_called_subscription_items() -> None:
    assert items(subscription("updated", items=None, subscription_items=[an_item()])) == [ITEM]


def test_a_subscription_may_have_no_items() -> None:
    assert items(subscription("created", items=None)) == []


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_an_item_event_carries_its_status(kind: str, status: str) -> None:
    [reported] = items(subscription_item(kind, status, period_end=NOON + 30 * DAY))

    assert (reported.id, reported.status) == ("csub_item_1", ItemStatus(status))
    assert reported.period_end == NOON + 30 * DAY


@pytest.mark.parametrize("plan", [None, {}, {"slug": None}, {"id": "cplan_1", "slug": ""}])
def test_a_plan_may_be_missing(plan: Any) -> None:
    [reported] = items(subscription("updated", {**an_item(), "plan": plan}))

    assert reported.plan is None


def test_times_may_be_in_seconds() -> None:
    in_seconds = {
        **an_item(),
        "updated_at": int(NOON.timestamp()),
        "period_end": int((NOON + DAY).timestamp()),
    }

    [reported] = items(subscription("updated", in_seconds))

    assert (reported.known_at, reported.period_end) == (NOON, NOON + DAY)


def test_an_item_without_a_time_counts_from_its_subscriptions() -> None:
    [reported] = items(subscription("updated", {**an_item(), "updated_at": None}, at=NOON - DAY))

    assert reported.known_at == NOON - DAY


def test_an_overdue_item_is_dated_by_itself_or_its_subscription() -> None:
    late = an_item(status="past_due")
    own = {**late, "past_due_at": milliseconds(NOON - 2 * DAY)}

    by_itself = items(subscription("pastDue", own, past_due_at=milliseconds(NOON - DAY)))
    by_its_subscription = items(subscription("pastDue", late, past_due_at=milliseconds(NOON - DAY)))
    unsaid = items(subscription("pastDue", late))

    assert [reported.failures for reported in by_itself] == [{NOON - 2 * DAY}]
    assert [reported.failures for reported in by_its_subscription] == [{NOON - DAY}]
    assert [reported.failures for reported in unsaid] == [frozenset()]


def test_an_item_that_is_paid_again_carries_no_failure() -> None:
    paid = {**an_item(), "past_due_at": milliseconds(NOON - DAY)}

    assert items(subscription("updated", paid, past_due_at=milliseconds(NOON - DAY))) == [ITEM]


@pytest.mark.parametrize(
    "body",
    [
        subscription("updated", an_item(), payer=a_payer(organization="org_1")),
        subscription("updated", {"odd": 1}, payer=a_payer(organization="org_1")),
        subscription_item("active", payer=a_payer(organization="org_1")),
    ],
)
def test_subscriptions_of_organisations_concern_no_user(body: bytes) -> None:
    assert read(body).outcome is DeliveryOutcome.IGNORED


@pytest.mark.parametrize("organization", ["", None])
def test_a_person_pays_for_no_organisation(organization: Any) -> None:
    payer = {**a_payer(), "organization_id": organization}

    assert items(subscription("updated", an_item(), payer=payer)) == [ITEM]


@pytest.mark.parametrize("payer", [None, {}, {"user_id": ""}, {"user_id": None}])
def test_items_without_a_payer_are_of_an_account_to_be_found(payer: Any) -> None:
    facts = read(subscription("updated", an_item(), payer=payer)).facts

    assert facts
    assert facts.account is None
    assert facts.items == [ITEM]
    assert read(subscription("updated", payer=payer)).outcome is DeliveryOutcome.IGNORED


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (subscription("updated", {**an_item(), "id": ""}), "identifier"),
        (subscription("updated", {**an_item(), "id": None}), "id"),
        (subscription("updated", {**an_item(), "status": "dormant"}), "dormant"),
        (subscription("updated", {**an_item(), "period_end": 1e300}), "instant"),
        (subscription("updated", items={}), "items"),
        (subscription_item("active", payer={"user_id": "\x00"}), "identifier"),
    ],
)
def test_an_invalid_event_is_recorded_as_failed_with_the_reason(body: bytes, fault: str) -> None:
    event = read(body)

    assert event.outcome is DeliveryOutcome.FAILED
    assert fault in (event.error or "")
