"""Events about subscription items may leave out who pays, and the plan."""

from itertools import permutations

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.clerk_events.use_cases import ReplayWebhook
from tests.support.builders.billing import PLANS
from tests.support.builders.clerk_events import (
    an_item,
    subscription,
    subscription_item,
    user_created,
)
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.users import ANN, BOB
from tests.support.providers.identity_services import IdentityServices

PAID = Subscription(Tier.PAID)
ENDED_ANONYMOUSLY = subscription_item("ended", at=NOON + MINUTE, has_payer=False)


async def test_the_payer_of_a_known_item_is_found_by_the_items_id() -> None:
    identity = IdentityServices()
    await identity.deliver(user_created(), subscription_item("active"))

    receipt = await identity.deliver(ENDED_ANONYMOUSLY)

    assert receipt.outcome is DeliveryOutcome.RECEIVED
    assert identity.row().subscription == Subscription()


async def test_an_unknown_item_waits_until_its_payer_is_known() -> None:
    identity = IdentityServices()
    early = subscription_item("active", at=NOON + MINUTE, has_payer=False)
    waiting = await identity.deliver(user_created(), early)
    before = identity.row().subscription

    await identity.deliver(subscription_item("upcoming"))

    assert waiting.outcome is DeliveryOutcome.WAITING
    assert before == Subscription()
    assert identity.row().subscription == PAID
    stored = await identity.inbox.lock(waiting.delivery.id)
    assert stored
    assert stored.outcome is DeliveryOutcome.RECEIVED


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_the_order_of_events_with_and_without_a_payer_does_not_matter(
    order: tuple[int, ...],
) -> None:
    events = [
        user_created(),
        subscription_item("active"),
        subscription("updated", an_item(at=NOON + MINUTE), at=NOON + MINUTE, payer=None),
        subscription_item("past_due", at=NOON + 2 * MINUTE, has_payer=False),
    ]
    identity = IdentityServices()

    await identity.deliver(*(events[index] for index in order))

    assert identity.row().subscription == Subscription(Tier.PAID, NOON + 2 * MINUTE + PLANS.grace)
    outcomes = {entry.outcome for entry in identity.store.receipts.values()}
    assert outcomes == {DeliveryOutcome.RECEIVED}


async def test_what_waits_for_one_item_brings_the_other_items_of_its_event() -> None:
    identity = IdentityServices()
    both = subscription(
        "updated", an_item(item_id="csub_item_1"), an_item("upcoming", item_id="csub_item_2"),
        payer={},
    )  # fmt: skip
    later = subscription_item("active", item_id="csub_item_2", at=NOON + DAY, has_payer=False)
    await identity.deliver(user_created(), both, later)

    await identity.deliver(subscription_item("ended", item_id="csub_item_1", at=NOON + DAY))

    assert identity.row().subscription == PAID


async def test_an_event_without_a_payer_never_reaches_another_account() -> None:
    identity = IdentityServices()
    await identity.deliver(
        user_created(),
        user_created(BOB, email="bob@example.com"),
        subscription_item("active"),
        subscription_item("active", item_id="csub_item_2", has_payer=False),
    )

    assert identity.row(ANN).subscription == PAID
    assert identity.row(BOB).subscription == Subscription()


async def test_an_event_without_a_plan_leaves_the_plan_as_it_was() -> None:
    identity = IdentityServices()
    await identity.deliver(user_created(), subscription_item("active"))

    await identity.deliver(subscription_item("active", plan=None, at=NOON + DAY))

    assert identity.row().subscription == PAID


async def test_a_replay_of_what_still_waits_waits_on() -> None:
    identity = IdentityServices()
    waiting = await identity.deliver(ENDED_ANONYMOUSLY)

    again = await ReplayWebhook(
        identity.reader, identity.inbox, identity.learn, identity.audit, identity.transaction
    )(waiting.delivery.id)

    assert again.outcome is DeliveryOutcome.WAITING
    await identity.deliver(user_created(), subscription_item("active"))
    assert identity.row().subscription == Subscription()
