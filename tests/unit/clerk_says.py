"""Clerk's webhook events as it writes them, about people of our own."""

import json
from datetime import datetime
from typing import Any, Final

from sigmasight.domain.kernel import ClerkUserId
from tests.unit.examples import ANN, NOON

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
    """Return an email address of a user; verified None is one Clerk never asked about."""
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
    """Return the original system's flat event of somebody who pays from now on."""
    data = {"user_id": account, "plan": {"key": plan}}
    return an_event("subscription.created", data, at, **changes)


def unsubscribed(account: ClerkUserId = ANN, *, at: datetime = NOON, **changes: Any) -> bytes:
    return an_event("subscription.cancelled", {"user_id": account}, at, **changes)
