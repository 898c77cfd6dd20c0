"""Clerk's webhook events in its own format."""

import json
from datetime import datetime
from typing import Any, Final

from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN

VERIFIED: Final = {"status": "verified", "strategy": "email_code"}
UNVERIFIED: Final = {"status": "unverified", "strategy": "email_code"}


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def an_event(kind: str, data: Any, at: datetime = NOON, **changes: Any) -> bytes:
    """Return an event in its envelope, as the bytes that are signed."""
    envelope = {
        "data": data,
        "object": "event",
        "type": kind,
        "timestamp": milliseconds(at),
        "instance_id": "ins_test",
        "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "test"}},
        **changes,
    }
    return json.dumps(envelope).encode()


def an_address(email: str, *, verified: bool | None = True, identity: str = "idn_1") -> Any:
    """Return an email address of a user; `verified=None` leaves the verification out."""
    verification = None if verified is None else (VERIFIED if verified else UNVERIFIED)
    return {
        "id": identity,
        "object": "email_address",
        "email_address": email,
        "linked_to": [],
        "verification": verification,
    }


def a_person(  # noqa: PLR0913  a person has this many parts
    account: ClerkUserId = ANN,
    email: str = "ann@example.com",
    *,
    at: datetime = NOON,
    verified: bool | None = True,
    first_name: str | None = "Ann",
    last_name: str | None = "Example",
    **changes: Any,
) -> dict[str, Any]:
    """Return a user object with one address, the primary one."""
    return {
        "id": account,
        "object": "user",
        "email_addresses": [an_address(email, verified=verified)],
        "primary_email_address_id": "idn_1",
        "first_name": first_name,
        "last_name": last_name,
        "phone_numbers": [],
        "external_id": None,
        "created_at": milliseconds(NOON),
        "updated_at": milliseconds(at),
        **changes,
    }


def user_created(account: ClerkUserId = ANN, *, at: datetime = NOON, **about: Any) -> bytes:
    return an_event("user.created", a_person(account, at=at, **about), at)


def user_updated(account: ClerkUserId = ANN, *, at: datetime = NOON, **about: Any) -> bytes:
    return an_event("user.updated", a_person(account, at=at, **about), at)


def user_deleted(account: ClerkUserId = ANN, *, at: datetime = NOON) -> bytes:
    return an_event("user.deleted", {"id": account, "object": "user", "deleted": True}, at)


def subscribed(
    account: ClerkUserId = ANN, plan: str = "pro", *, at: datetime = NOON, **changes: Any
) -> bytes:
    """Return the flat event of the original system for a new subscription."""
    data = {"user_id": account, "plan": {"key": plan}}
    return an_event("subscription.created", data, at, **changes)


def unsubscribed(account: ClerkUserId = ANN, *, at: datetime = NOON, **changes: Any) -> bytes:
    return an_event("subscription.cancelled", {"user_id": account}, at, **changes)


def an_item(
    status: str = "active",
    *,
    at: datetime = NOON,
    item_id: str = "csub_item_1",
    plan: str | None = "pro",
    period_end: datetime | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Return a subscription item as it stands inside a subscription."""
    return {
        "object": "commerce_subscription_item",
        "id": item_id,
        "status": status,
        "is_free_trial": False,
        "created_at": milliseconds(at),
        "updated_at": milliseconds(at),
        "period_start": milliseconds(at),
        "period_end": None if period_end is None else milliseconds(period_end),
        "interval": "month",
        "plan_id": plan and f"cplan_{plan}",
        "plan": plan
        and {
            "id": f"cplan_{plan}",
            "slug": plan,
            "name": plan,
            "amount": 0 if plan == "free_user" else 2000,
        },
        "subscription_id": None,
        **changes,
    }


def a_payer(account: ClerkUserId = ANN, organization: str = "") -> dict[str, Any]:
    return {
        "object": "commerce_payer",
        "id": "cpayer_1",
        "user_id": account,
        "email": "ann@example.com",
        "organization_id": organization,
    }


def subscription(
    kind: str = "updated", *items: dict[str, Any], at: datetime = NOON, **changes: Any
) -> bytes:
    """Return a `subscription.*` event as Clerk Billing sends it."""
    data = {
        "object": "commerce_subscription",
        "id": "csub_1",
        "status": "active",
        "created_at": milliseconds(NOON),
        "updated_at": milliseconds(at),
        "past_due_at": None,
        "payer_id": "cpayer_1",
        "payer": a_payer(),
        "items": items,
        **changes,
    }
    return an_event(f"subscription.{kind}", data, at)


def subscription_item(
    kind: str,
    status: str = "",
    *,
    payer: Any = None,
    has_payer: bool = True,
    at: datetime = NOON,
    **about: Any,
) -> bytes:
    """Return a `subscriptionItem.*` event, the item in the status its type names."""
    item = an_item(status or kind, at=at, **about)
    data = {**item, "subscription_id": "csub_1"}
    if has_payer:
        data["payer"] = payer or a_payer()
    return an_event(f"subscriptionItem.{kind}", data, at)
