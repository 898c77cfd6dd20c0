from collections.abc import Sequence
from itertools import permutations

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, WebhookSignatureInvalidError
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.clerk_events import (
    a_payer,
    a_person,
    an_event,
    an_item,
    subscribed,
    subscription,
    subscription_item,
    unsubscribed,
    user_created,
    user_deleted,
    user_updated,
)
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, BOB, a_session, a_user
from tests.support.fakes.billing import InMemorySubscriptions
from tests.support.fakes.kernel import RacingTransaction
from tests.support.fakes.store import InMemoryStore
from tests.support.providers.identity_services import IdentityServices


class OutOfOrderError(Exception):
    """The database does not answer."""


class SubscriptionsOutOfOrder(InMemorySubscriptions):
    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        raise OutOfOrderError(account)


class TestADelivery:
    async def test_that_is_signed_is_applied_stored_and_recorded(self) -> None:
        identity = IdentityServices()

        receipt = await identity.deliver(user_created(), svix_id="msg_a")

        assert receipt.outcome is DeliveryOutcome.RECEIVED
        assert receipt.type == "user.created"
        assert receipt.received_at == NOON
        assert identity.store.receipts == {"msg_a": receipt}
        assert identity.monitor.receipts == [receipt]

    async def test_that_is_not_signed_leaves_nothing_behind(self) -> None:
        identity = IdentityServices()

        with pytest.raises(WebhookSignatureInvalidError):
            await identity.receive({"svix-id": "msg_a"}, user_created())

        assert identity.store.receipts == {}
        assert identity.store.users == {}
        assert identity.monitor.receipts == []

    async def test_of_an_id_seen_before_is_a_duplicate_without_effect(self) -> None:
        identity = IdentityServices()
        await identity.deliver(user_created(), svix_id="msg_a")
        kept = identity.store.copy()

        receipt = await identity.deliver(user_deleted(at=NOON + DAY), svix_id="msg_a")

        assert receipt.outcome is DeliveryOutcome.DUPLICATE
        assert identity.store == kept

    async def test_of_an_unknown_type_is_stored_and_ignored(self) -> None:
        identity = IdentityServices()

        receipt = await identity.deliver(an_event("session.created", {"id": "sess_1"}))

        assert receipt.outcome is DeliveryOutcome.IGNORED
        assert len(identity.store.receipts) == 1
        assert identity.store.accounts == {}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not json",
            b"[]",
            b"null",
            b"{}",
            b"\xff\xfe",
            b"[" * 100_000,
            an_event("user.created", None),
            an_event("user.created", []),
            an_event("user.created", {}),
            an_event("user.created", {"id": ""}),
            an_event("user.created", {"id": 5}),
            an_event("user.created", {"id": "user_\x00ann"}),
            an_event("user.created", {"id": "user_" + "a" * 255}),
            an_event("user.updated", {"id": ANN, "updated_at": 1e300}),
            an_event("user.deleted", {"deleted": True}),
            an_event("subscription.created", {"user_id": ANN}),
            an_event("subscription.created", {"user_id": ANN, "plan": {"key": ""}}),
            an_event("subscription.created", {"user_id": None, "plan": {"key": "pro"}}),
            an_event("subscription.cancelled", {"user_id": 5}),
            an_event("", {}),
            an_event("user.\x00created", {}),
            an_event("user." + "x" * 300, {}),
        ],
    )
    async def test_that_is_signed_but_unusable_is_stored_as_failed_with_its_error(
        self, body: bytes
    ) -> None:
        identity = IdentityServices()

        receipt = await identity.deliver(body)

        assert receipt.outcome is DeliveryOutcome.FAILED
        assert receipt.error
        assert "\x00" not in receipt.error + receipt.type
        assert 0 < len(receipt.type) <= 255
        assert identity.store.receipts == {receipt.delivery.id: receipt}
        assert identity.monitor.receipts == [receipt]
        assert identity.store.accounts == {}

    async def test_whose_effect_fails_leaves_nothing_behind_so_that_a_retry_is_no_duplicate(
        self,
    ) -> None:
        identity = IdentityServices(subscriptions=SubscriptionsOutOfOrder)

        with pytest.raises(OutOfOrderError):
            await identity.deliver(user_created(), svix_id="msg_a")

        assert identity.store == InMemoryStore()
        assert identity.monitor.receipts == []

    async def test_that_lost_a_race_is_stored_and_recorded_once(self) -> None:
        identity = IdentityServices(transaction=RacingTransaction)

        receipt = await identity.deliver(user_created())

        assert receipt.outcome is DeliveryOutcome.RECEIVED
        assert list(identity.store.receipts.values()) == identity.monitor.receipts == [receipt]
        assert list(identity.store.users) == [identity.row().id]


class TestUserEvents:
    async def test_bring_the_address_and_the_name(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(
            user_updated(email="ann@example.org", first_name="Ann", last_name="Other")
        )

        assert identity.row() == a_user(email="ann@example.org", full_name="Ann Other")

    async def test_that_come_late_change_nothing(self) -> None:
        identity = IdentityServices()
        await identity.deliver(user_updated(email="new@example.com", at=NOON + DAY))
        known = identity.row()

        await identity.deliver(user_created(email="old@example.com", at=NOON))

        assert identity.row() == known

    async def test_are_ordered_by_when_the_user_changed_not_by_delivery(self) -> None:
        identity = IdentityServices()
        changed_last = an_event(
            "user.updated", a_person(email="new@example.com", at=NOON + DAY), at=NOON
        )

        await identity.deliver(changed_last, user_updated(email="old@example.com", at=NOON))

        assert identity.row().email == "new@example.com"

    async def test_do_not_touch_usage_and_invite_validation(self) -> None:
        identity = IdentityServices(a_user(invite_validated=True))

        await identity.deliver(user_created(), user_updated(at=NOON + DAY))

        assert identity.row() == a_user(invite_validated=True)


class TestBilling:
    async def test_an_upgrade_makes_paid_whichever_item_arrives_last(self) -> None:
        free_ended = subscription_item("ended", item_id="free", plan="free_user", at=NOON + DAY)
        pro_begun = subscription_item("active", item_id="pro", at=NOON + DAY)
        for reported in permutations([free_ended, pro_begun]):
            identity = IdentityServices(a_user())

            await identity.deliver(*reported)

            assert identity.row().subscription == Subscription(Tier.PAID)

    async def test_a_user_who_signs_up_on_the_free_plan_stays_free(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(subscription("created", an_item(plan="free_user")))

        assert identity.row().subscription == Subscription(Tier.FREE)

    async def test_a_canceled_plan_lapses_at_the_end_of_its_period_without_an_event(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(subscription_item("canceled", period_end=NOON + 9 * DAY))

        kept = identity.row().subscription
        assert kept == Subscription(Tier.PAID, NOON + 9 * DAY)
        assert kept.at(NOON + 9 * DAY).tier is Tier.FREE

    async def test_an_overdue_plan_keeps_the_tier_for_the_grace_period_of_its_first_failure(
        self,
    ) -> None:
        identity = IdentityServices(a_user())
        failures = [
            subscription_item("pastDue", "past_due", at=NOON + days * DAY) for days in (3, 5, 1)
        ]

        await identity.deliver(*failures)

        assert identity.row().subscription == Subscription(Tier.PAID, NOON + 8 * DAY)

    async def test_a_subscription_of_an_unknown_user_applies_once_they_sign_up(self) -> None:
        identity = IdentityServices()

        await identity.deliver(subscription_item("active"), user_created())

        assert identity.row().subscription == Subscription(Tier.PAID)

    async def test_a_subscription_of_an_organisation_makes_no_user_paid(self) -> None:
        identity = IdentityServices(a_user())

        receipt = await identity.deliver(
            subscription_item("active", payer=a_payer(organization="org_1"))
        )

        assert receipt.outcome is DeliveryOutcome.IGNORED
        assert identity.row().subscription == Subscription(Tier.FREE)


class TestFlatSubscriptions:
    async def test_created_on_a_paid_plan_makes_paid(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(subscribed(plan="pro"))

        assert identity.row().subscription == Subscription(Tier.PAID)

    async def test_created_on_another_plan_makes_free(self) -> None:
        identity = IdentityServices(a_user(subscription=Subscription(Tier.PAID)))

        await identity.deliver(subscribed(plan="free_user"))

        assert identity.row().subscription == Subscription(Tier.FREE)

    async def test_cancelled_makes_free(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(subscribed(), unsubscribed(at=NOON + DAY))

        assert identity.row().subscription == Subscription(Tier.FREE)

    async def test_cancelled_that_arrives_first_still_makes_free(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(unsubscribed(at=NOON + DAY), subscribed(at=NOON))

        assert identity.row().subscription == Subscription(Tier.FREE)

    async def test_created_again_after_cancelled_makes_paid(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(
            subscribed(at=NOON), unsubscribed(at=NOON + DAY / 4), subscribed(at=NOON + DAY / 2)
        )

        assert identity.row().subscription == Subscription(Tier.PAID)

    async def test_of_an_unknown_user_applies_once_they_sign_up(self) -> None:
        identity = IdentityServices()

        await identity.deliver(subscribed())
        nobody_yet = identity.store.users.copy()
        user = await identity.provision(a_session())

        assert nobody_yet == {}
        assert user.subscription == Subscription(Tier.PAID)

    async def test_concerns_nobody_else(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(subscribed(BOB))

        assert identity.row() == a_user()

    async def test_without_an_envelope_time_counts_from_when_it_was_delivered(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(subscribed(timestamp=None), unsubscribed(at=NOON - DAY))

        assert identity.row().subscription == Subscription(Tier.PAID)
        [item] = identity.store.items.values()
        assert (item.known_at, item.status) == (NOON, ItemStatus.ACTIVE)
