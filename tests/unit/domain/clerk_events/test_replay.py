"""Replaying and pruning webhook deliveries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.audit import AuditAction
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, InboxEntry, WebhookNotFoundError
from sigmasight.domain.clerk_events.use_cases import PruneWebhooks, ReplayWebhook
from tests.support.builders.clerk_events import subscription_item, user_created, user_deleted
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import a_user
from tests.support.providers.identity_services import IdentityServices


def replay_of(identity: IdentityServices) -> ReplayWebhook:
    return ReplayWebhook(
        identity.reader, identity.inbox, identity.learn, identity.audit, identity.transaction
    )


async def kept_as_failed(identity: IdentityServices, event: bytes) -> InboxEntry:
    """Store a delivery as an older version that did not understand it would have."""
    receipt = await identity.deliver(b"{}", svix_id="msg_1")
    failed = replace(receipt, delivery=replace(receipt.delivery, body=event), type="unknown")
    await identity.inbox.update(failed)
    return failed


async def test_a_failed_delivery_that_is_understood_now_takes_effect() -> None:
    identity = IdentityServices(a_user())
    failed = await kept_as_failed(identity, subscription_item("active"))

    receipt = await replay_of(identity)("msg_1")

    assert receipt == replace(
        failed, type="subscriptionItem.active", outcome=DeliveryOutcome.RECEIVED, error=None
    )
    assert identity.store.receipts["msg_1"] == receipt
    assert identity.row().subscription == Subscription(Tier.PAID)


async def test_one_that_is_not_understood_yet_stays_failed_with_its_error() -> None:
    identity = IdentityServices()
    failed = await identity.deliver(b"not json", svix_id="msg_1")

    receipt = await replay_of(identity)("msg_1")

    assert receipt == failed
    assert receipt.error


async def test_one_that_took_effect_before_changes_nothing() -> None:
    identity = IdentityServices()
    await identity.deliver(user_created(), svix_id="msg_1")
    await identity.deliver(user_deleted(at=NOON + DAY))
    before = identity.store.copy()

    receipt = await replay_of(identity)("msg_1")

    assert receipt.outcome is DeliveryOutcome.RECEIVED
    *_, entry = identity.store.audit.values()
    assert (entry.action, entry.subject) == (AuditAction.WEBHOOK_REPLAYED, "msg_1")
    identity.store.audit.clear()
    before.audit.clear()
    assert identity.store == before


async def test_an_unknown_one_is_not_found() -> None:
    with pytest.raises(WebhookNotFoundError):
        await replay_of(IdentityServices())("msg_1")


async def test_ids_are_kept_for_90_days_and_failed_deliveries_until_they_are_replayed() -> None:
    identity = IdentityServices()
    await identity.deliver(user_created(), svix_id="msg_old")
    await identity.deliver(b"not json", svix_id="msg_failed")
    identity.clock.advance(timedelta(days=90, seconds=1))
    await identity.deliver(user_created(), svix_id="msg_new")
    prune = PruneWebhooks(identity.inbox, identity.clock, identity.transaction)

    forgotten = await prune(timedelta(days=90))

    assert forgotten == 1
    assert set(identity.store.receipts) == {"msg_failed", "msg_new"}
