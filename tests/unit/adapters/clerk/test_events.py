"""Decoding Clerk's events, and the errors of invalid ones."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.adapters.clerk.events import ClerkEventReader
from sigmasight.adapters.clerk.schemas import instant
from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from sigmasight.domain.clerk_events.events import AccountFacts, ClerkEvent
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome
from tests.support.builders.clerk_events import (
    a_person,
    an_event,
    milliseconds,
    subscribed,
    unsubscribed,
    user_created,
    user_deleted,
    user_updated,
)
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, a_profile

DELIVERED = NOON + DAY
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def read(body: bytes) -> ClerkEvent:
    return ClerkEventReader().read(Delivery(id="msg_1", attempted_at=DELIVERED, body=body))


def facts_of(body: bytes) -> AccountFacts:
    event = read(body)
    assert event.outcome is DeliveryOutcome.RECEIVED, event.error
    assert event.facts is not None
    return event.facts


@pytest.mark.parametrize("ahead", [timedelta(), DAY, 2 * DAY, 9_000 * DAY])
def test_nothing_is_known_later_than_a_day_after_the_delivery(ahead: timedelta) -> None:
    at = DELIVERED + ahead
    latest = min(at, DELIVERED + DAY)

    updated, deleted = facts_of(user_updated(at=at, banned=True)), facts_of(user_deleted(at=at))
    [item] = facts_of(subscribed(at=at)).items

    assert updated.profile
    parts = (updated.profile.address, updated.profile.name, updated.profile.standing)
    assert [part and part.known_at for part in parts] == [latest] * 3
    assert (deleted.deleted_at, item.known_at) == (latest, latest)


class TestUsers:
    @pytest.mark.parametrize("event", [user_created(), user_updated()])
    def test_created_and_updated_carry_a_profile(self, event: bytes) -> None:
        assert facts_of(event) == AccountFacts(account=ANN, profile=a_profile())

    def test_deleted_carries_its_instant(self) -> None:
        assert facts_of(user_deleted()) == AccountFacts(account=ANN, deleted_at=NOON)

    def test_deleted_without_an_id_has_no_facts(self) -> None:
        event = read(an_event("user.deleted", {"deleted": True, "object": "user"}))

        assert event.outcome is DeliveryOutcome.FAILED


class TestSessions:
    @pytest.mark.parametrize("kind", ["ended", "removed", "revoked"])
    def test_that_ended_are_named_with_their_account(self, kind: str) -> None:
        event = an_event(f"session.{kind}", {"id": "sess_ann", "user_id": ANN})

        assert facts_of(event) == AccountFacts(account=ANN, ended_session="sess_ann")

    def test_without_an_account_end_all_the_same(self) -> None:
        event = an_event("session.ended", {"id": "sess_ann"})

        assert facts_of(event) == AccountFacts(account=None, ended_session="sess_ann")


class TestTime:
    @pytest.mark.parametrize("kind", ["user.updated", "subscription.updated"])
    def test_of_names_and_items_is_the_deliverys_where_nothing_has_one(self, kind: str) -> None:
        person = {**a_person(), "updated_at": None}
        bill = {"payer": {"user_id": ANN}, "items": [{"id": "csi_1", "status": "active"}]}
        body = {"type": kind, "data": person if kind == "user.updated" else bill}

        facts = facts_of(json.dumps(body).encode())

        known = [facts.profile.name] if facts.profile else facts.items
        assert [each and each.known_at for each in known] == [DELIVERED]

    def test_is_the_datas_before_the_envelopes(self) -> None:
        data = a_person(at=NOON - DAY)

        reported = facts_of(an_event("user.updated", data, at=NOON))

        assert reported.profile == a_profile(known_at=NOON - DAY)

    def test_is_the_envelopes_where_the_data_has_none(self) -> None:
        data = {**a_person(), "updated_at": None}

        reported = facts_of(an_event("user.updated", data, at=NOON - DAY))

        assert reported.profile == a_profile(known_at=NOON - DAY)

    def test_is_the_deliverys_where_neither_has_one(self) -> None:
        assert (
            facts_of(an_event("user.deleted", {"id": ANN}, timestamp=None)).deleted_at == DELIVERED
        )

    @pytest.mark.parametrize(
        "timestamp", [milliseconds(NOON), int(NOON.timestamp()), NOON.timestamp()]
    )
    def test_is_read_in_milliseconds_and_in_seconds(self, timestamp: float) -> None:
        assert (
            facts_of(an_event("user.deleted", {"id": ANN}, timestamp=timestamp)).deleted_at == NOON
        )

    @given(st.datetimes(datetime(2001, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    def test_keeps_the_order_of_milliseconds(self, at: datetime) -> None:
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)

        assert abs(instant(milliseconds(at)) - at) < timedelta(milliseconds=1)
        assert instant(milliseconds(at) + 1) > instant(milliseconds(at))

    @pytest.mark.parametrize("timestamp", ["noon", [], {}, True, 1e300, -1e300])
    def test_that_is_invalid_is_an_error(self, timestamp: object) -> None:
        event = read(an_event("user.deleted", {"id": ANN}, timestamp=timestamp))

        assert event.outcome is DeliveryOutcome.FAILED


class TestFlatSubscriptions:
    def test_created_carries_an_active_item_of_the_plan(self) -> None:
        item = SubscriptionItem(id="flat", plan="pro", status=ItemStatus.ACTIVE, known_at=NOON)

        assert facts_of(subscribed(plan="pro")) == AccountFacts(account=ANN, items=[item])

    def test_cancelled_carries_an_ended_item(self) -> None:
        item = SubscriptionItem(id="flat", plan=None, status=ItemStatus.ENDED, known_at=NOON)

        assert facts_of(unsubscribed()) == AccountFacts(account=ANN, items=[item])

    def test_cancelled_may_name_its_plan(self) -> None:
        data = {"user_id": ANN, "plan": {"key": "pro"}}

        [item] = facts_of(an_event("subscription.cancelled", data)).items

        assert (item.plan, item.status) == ("pro", ItemStatus.ENDED)

    def test_created_needs_a_plan(self) -> None:
        assert (
            read(an_event("subscription.created", {"user_id": ANN})).outcome
            is DeliveryOutcome.FAILED
        )


class TestOthers:
    @pytest.mark.parametrize(
        "kind",
        [
            "session.created",
            "organization.updated",
            "email.created",
            "something.new",
            "USER.CREATED",
        ],
    )
    def test_are_ignored_whatever_their_content(self, kind: str) -> None:
        event = read(an_event(kind, {"id": 5, "object": "odd"}))

        assert (event.type, event.outcome) == (kind, DeliveryOutcome.IGNORED)


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50))
def test_any_body_is_an_event_or_an_error(body: bytes) -> None:
    event = read(body)

    assert event.outcome in {DeliveryOutcome.FAILED, DeliveryOutcome.IGNORED}


@given(
    st.sampled_from(["user.created", "user.deleted", "subscription.created", "session.ended"]),
    st.sampled_from(
        ["id", "email_addresses", "primary_email_address_id", "updated_at", "user_id", "plan"]
    ),
    JSON,
)
def test_any_value_of_a_field_is_a_fact_or_an_error(kind: str, member: str, value: Any) -> None:
    data = {**a_person(), "user_id": ANN, "plan": {"key": "pro"}, member: value}

    event = read(an_event(kind, data))

    assert event.type == kind
    assert (event.outcome is DeliveryOutcome.FAILED) == (event.error is not None)
    if event.facts and event.facts.account is not None:
        assert 0 < len(event.facts.account) <= 255
        assert "\x00" not in event.facts.account


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_is_not() -> None:
    body = user_created().replace(b'"Ann"', rb'"A\ud83d\ude00\ud800\n\udc00B"')

    facts = ClerkEventReader().read(Delivery(id="msg_1", attempted_at=DELIVERED, body=body)).facts

    assert facts is not None
    assert facts.profile is not None
    assert facts.profile.name is not None
    assert facts.profile.name.text == "A\N{GRINNING FACE}\ufffd \ufffdB Example"
