"""The people of the demo, and the events Clerk would send about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

EventType = Literal[
    "user.created",
    "user.updated",
    "user.deleted",
    "subscription.created",
    "subscription.cancelled",
]
FOUNDED: Final = 1_767_225_600_000
"""1 January 2026 in milliseconds: when the demo people signed up."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    invited: bool = False
    paid: bool = False

    @property
    def clerk_user_id(self) -> str:
        return f"user_demo_{self.name}"

    @property
    def email(self) -> str:
        return f"{self.name}@demo.example"

    def event(self, kind: EventType, at: int = FOUNDED) -> dict[str, Any]:
        """Return an event about this person as Clerk words it; `at` is in milliseconds."""
        data: dict[EventType, dict[str, Any]] = {
            "user.created": self.clerk_user(at),
            "user.updated": self.clerk_user(at),
            "user.deleted": {"object": "user", "id": self.clerk_user_id, "deleted": True},
            "subscription.created": {"user_id": self.clerk_user_id, "plan": {"key": "pro"}},
            "subscription.cancelled": {"user_id": self.clerk_user_id},
        }
        return {
            "object": "event",
            "type": kind,
            "timestamp": at,
            "instance_id": "ins_local",
            "data": data[kind],
        }

    def clerk_user(self, at: int = FOUNDED) -> dict[str, Any]:
        """Return this person as Clerk's user object."""
        address = f"idn_demo_{self.name}"
        return {
            "object": "user",
            "id": self.clerk_user_id,
            "first_name": self.name.title(),
            "last_name": "Demo",
            "primary_email_address_id": address,
            "email_addresses": [
                {
                    "object": "email_address",
                    "id": address,
                    "email_address": self.email,
                    "verification": {"status": "verified", "strategy": "email_code"},
                }
            ],
            "banned": False,
            "locked": False,
            "created_at": FOUNDED,
            "updated_at": at,
        }


ADA: Final = Person("ada")
BEN: Final = Person("ben", invited=True)
CLEO: Final = Person("cleo", invited=True, paid=True)
PEOPLE: Final[Mapping[str, Person]] = {person.name: person for person in (ADA, BEN, CLEO)}


def person_named(name: str) -> Person:
    """Return a demo person, or somebody nobody has seen before."""
    return PEOPLE.get(name) or Person(name)
