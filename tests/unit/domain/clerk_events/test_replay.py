"""Deliveries that are taken in again, and those that are forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, InboxEntry, WebhookNotFoundError
from sigmasight.domain.clerk_events.use_cases import PruneWebhooks, ReplayWebhook
from tests.support.builders.clerk_events import subscription_item, user_created, user_deleted
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import a_user
from tests.support.providers.identity_services import Registry


def replay_of(registry: Registry) -> ReplayWebhook:
    return ReplayWebhook(registry.reader, registry.inbox, registry.learn, registry.transaction)


async def kept_as_failed(registry: Registry, event: bytes) -> InboxEntry:
    """Keep a delivery as a version that did not understand it would have."""
    receipt = await registry.tell(b"{}", svix_id="msg_1")
    failed = replace(receipt, delivery=replace(receipt.delivery, body=event), type="unknown")
    await registry.inbox.update(failed)
    return failed


async def test_a_failed_delivery_that_is_understood_now_takes_effect() -> None:
    registry = Registry(a_user())
    failed = await kept_as_failed(registry, subscription_item("active"))

    receipt = await replay_of(registry)("msg_1")

    assert receipt == replace(
        failed, type="subscriptionItem.active", outcome=DeliveryOutcome.RECEIVED, error=None
    )
    assert registry.memory.receipts["msg_1"] == receipt
    assert registry.row().subscription == Subscription(Tier.PAID)


async def test_one_that_is_not_understood_yet_stays_failed_with_its_error() -> None:
    registry = Registry()
    failed = await registry.tell(b"not json", svix_id="msg_1")

    receipt = await replay_of(registry)("msg_1")

    assert receipt == failed
    assert receipt.error


async def test_one_that_took_effect_before_changes_nothing() -> None:
    registry = Registry()
    await registry.tell(user_created(), svix_id="msg_1")
    await registry.tell(user_deleted(at=NOON + DAY))
    before = registry.memory.copy()

    receipt = await replay_of(registry)("msg_1")

    assert receipt.outcome is DeliveryOutcome.RECEIVED
    assert registry.memory == before


async def test_one_that_is_not_kept_here_is_not_found() -> None:
    with pytest.raises(WebhookNotFoundError):
        await replay_of(Registry())("msg_1")


async def test_ids_are_kept_90_days_and_what_failed_until_it_is_replayed() -> None:
    registry = Registry()
    await registry.tell(user_created(), svix_id="msg_old")
    await registry.tell(b"not json", svix_id="msg_failed")
    registry.clock.advance(timedelta(days=90, seconds=1))
    await registry.tell(user_created(), svix_id="msg_new")
    prune = PruneWebhooks(registry.inbox, registry.clock, registry.transaction)

    forgotten = await prune(timedelta(days=90))

    assert forgotten == 1
    assert set(registry.memory.receipts) == {"msg_failed", "msg_new"}
