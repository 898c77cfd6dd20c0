"""Changes of accounts and subscriptions, and the events Clerk sends about them."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from sigmasight.entrypoints.local.clerk import payloads
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import INSTANCE_ID, Item

EventType = Literal[
    "user.created",
    "user.updated",
    "user.deleted",
    "subscription.created",
    "subscription.updated",
    "subscription.active",
    "subscription.pastDue",
    "subscriptionItem.active",
    "subscriptionItem.canceled",
    "subscriptionItem.ended",
]
STATUSES: Final[Mapping[EventType, str]] = {
    "subscription.created": "active",
    "subscription.active": "active",
    "subscription.pastDue": "past_due",
    "subscriptionItem.active": "active",
    "subscriptionItem.canceled": "canceled",
    "subscriptionItem.ended": "ended",
}
"""The status that an event gives the paid plan, which is created first if there is none."""


def emit(
    instance: Instance, kind: EventType, account_id: str, *, banned: bool | None = None
) -> dict[str, Any]:
    """Make the change, and return its event; `banned` is what `user.updated` changes."""
    match kind:
        case "user.created":
            account = instance.account(account_id)
            return envelope(kind, payloads.user(account), instance.now())
        case "user.updated":
            return envelope(
                kind, payloads.user(instance.touch(account_id, banned=banned)), instance.now()
            )
        case "user.deleted":
            return envelope(kind, payloads.deleted(instance.delete(account_id)), instance.now())
        case "subscription.updated":
            return subscription_event(instance, kind, account_id)
        case _:
            item = instance.set_status(instance.paid_item(account_id), STATUSES[kind])
            if kind.startswith("subscriptionItem."):
                return _item_event(instance, kind, item)
            return subscription_event(instance, kind, account_id)


def subscription_event(instance: Instance, kind: EventType, account_id: str) -> dict[str, Any]:
    """Return an event about an account's current subscription."""
    items = instance.state.items_of(account_id)
    data = payloads.webhook_subscription(instance.account(account_id), items)
    return envelope(kind, data, instance.now())


def envelope(kind: EventType, data: dict[str, Any], at: int) -> dict[str, Any]:
    return {
        "object": "event",
        "type": kind,
        "timestamp": at,
        "instance_id": INSTANCE_ID,
        "event_attributes": {"http_request": {"client_ip": "127.0.0.1", "user_agent": "local"}},
        "data": data,
    }


def _item_event(instance: Instance, kind: EventType, item: Item) -> dict[str, Any]:
    data = payloads.webhook_item(instance.account(item.account_id), item)
    return envelope(kind, data, instance.now())
