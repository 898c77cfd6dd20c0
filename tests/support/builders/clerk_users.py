"""Users of Clerk, their session tokens and their webhook events."""

from dataclasses import dataclass, replace
from typing import Any, Final

from tests.support.builders import signing

EPOCH: Final = 1_767_225_600_000
"""Midnight of 2026 in Clerk's milliseconds; the instants of events count from it."""

Event = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A user with a Clerk account; an empty address means that Clerk has none."""

    id: str
    email: str
    verified: bool = True
    first_name: str = "Ann"
    last_name: str = "Example"

    def with_email(self, email: str) -> "Person":
        return replace(self, email=email)

    def token(self, **claims: Any) -> str:
        """Sign a session token with the claims of the account."""
        about = {"email": self.email, "email_verified": self.verified}
        return signing.a_token(**{"sub": self.id, "sid": f"sess_{self.id}", **about, **claims})

    def created(self, at: int = 0) -> Event:
        return self._profile_event("user.created", at)

    def updated(self, at: int) -> Event:
        return self._profile_event("user.updated", at)

    def deleted(self, at: int) -> Event:
        return an_event("user.deleted", at, {"object": "user", "id": self.id, "deleted": True})

    def subscribed(self, at: int, plan: str = "pro_user") -> Event:
        """Return the flat event of the original system for a new subscription."""
        return an_event("subscription.created", at, {"user_id": self.id, "plan": {"key": plan}})

    def unsubscribed(self, at: int) -> Event:
        return an_event("subscription.cancelled", at, {"user_id": self.id})

    def item(self, at: int, status: str = "active", *, has_payer: bool = True) -> Event:
        """Return an event about the one item of this user's subscription."""
        plan = {"id": "cplan_1", "slug": "pro_user", "name": "Pro", "amount": 2000}
        payer = {"payer": {"user_id": self.id, "organization_id": ""}} if has_payer else {}
        data = {"id": f"csub_item_{self.id}", "status": status, "plan": plan, **payer}
        return an_event(f"subscriptionItem.{status}", at, data)

    def _profile_event(self, kind: str, at: int) -> Event:
        address = {
            "object": "email_address",
            "id": f"idn_{self.id}",
            "email_address": self.email,
            "linked_to": [],
            "verification": {
                "status": "verified" if self.verified else "unverified",
                "strategy": "email_code",
            },
        }
        return an_event(
            kind,
            at,
            {
                "object": "user",
                "id": self.id,
                "email_addresses": [address] if self.email else [],
                "primary_email_address_id": address["id"] if self.email else None,
                "first_name": self.first_name,
                "last_name": self.last_name,
                "created_at": EPOCH,
                "updated_at": EPOCH + at,
            },
        )


def an_event(kind: str, at: int, data: dict[str, Any]) -> Event:
    """Return an event's envelope; `at` is in milliseconds after EPOCH."""
    return {
        "object": "event",
        "type": kind,
        "timestamp": EPOCH + at,
        "instance_id": "ins_test",
        "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "tests"}},
        "data": data,
    }


def a_person(name: str = "ann", **changes: Any) -> Person:
    return replace(Person(id=f"user_{name}", email=f"{name}@example.com"), **changes)
