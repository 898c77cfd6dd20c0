"""Clerk's events about a month, in its own format."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.integration.billing.histories import BEGINNING, Item, Profile
from tests.support.builders.clerk_users import Event

MILLISECONDS: Final = 1000
SECONDS: Final = 1
"""How Clerk writes instants: in its events, and in some examples of its own."""


@dataclass(frozen=True)
class ClerkPayloads:
    """Builds events about one payer, with instants in one unit."""

    user_id: str
    unit: int = MILLISECONDS
    organization_id: str = ""

    def user(self, kind: str, profile: Profile) -> Event:
        address = {
            "object": "email_address",
            "id": f"idn_{profile.email}",
            "email_address": profile.email,
            "linked_to": [],
            "verification": {"status": "verified", "strategy": "email_code"},
        }
        data = {
            "object": "user",
            "id": self.user_id,
            "email_addresses": [address],
            "primary_email_address_id": address["id"],
            "first_name": profile.first_name,
            "last_name": profile.last_name,
            "created_at": self._instant(BEGINNING),
            "updated_at": self._instant(profile.at),
        }
        return self.event(f"user.{kind}", data, profile.at)

    def deleted(self, at: datetime) -> Event:
        return self.event("user.deleted", {"object": "user", "id": self.user_id}, at)

    def item(self, kind: str, item: Item) -> Event:
        """Return a `subscriptionItem.*` event."""
        about = {"payer": self._payer(), "subscription_id": f"csub_{self.user_id}"}
        return self.event(f"subscriptionItem.{kind}", {**self._item(item), **about}, item.at)

    def subscription(
        self, kind: str, items: Iterable[Item], at: datetime, past_due_at: datetime | None = None
    ) -> Event:
        """Return a `subscription.*` event with all the items as they are."""
        data = {
            "object": "commerce_subscription",
            "id": f"csub_{self.user_id}",
            "status": "past_due" if past_due_at else "active",
            "active_at": self._instant(BEGINNING),
            "canceled_at": None,
            "ended_at": None,
            "past_due_at": self._instant(past_due_at),
            "created_at": self._instant(BEGINNING),
            "updated_at": self._instant(at),
            "latest_payment_id": None,
            "payer_id": f"cpayer_{self.user_id}",
            "payer": self._payer(),
            "payment_source_id": None,
            "items": [self._item(item) for item in items],
        }
        return self.event(f"subscription.{kind}", data, at)

    def event(self, kind: str, data: dict[str, Any], at: datetime) -> Event:
        return {
            "object": "event",
            "type": kind,
            "timestamp": self._instant(at),
            "instance_id": "ins_test",
            "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "tests"}},
            "data": data,
        }

    def _item(self, item: Item) -> dict[str, Any]:
        return {
            "object": "commerce_subscription_item",
            "id": item.id,
            "status": item.status,
            "is_free_trial": False,
            "created_at": self._instant(BEGINNING),
            "updated_at": self._instant(item.at),
            "period_start": self._instant(BEGINNING),
            "period_end": self._instant(item.period_end),
            "interval": "month",
            "plan_id": item.plan and f"cplan_{item.plan}",
            "plan": item.plan and self._plan(item.plan),
            "subscription_id": None,
        }

    def _plan(self, slug: str) -> dict[str, Any]:
        return {
            "id": f"cplan_{slug}",
            "slug": slug,
            "name": slug.title(),
            "is_recurring": True,
            "amount": 2000,
            "currency": "USD",
        }

    def _payer(self) -> dict[str, Any]:
        return {
            "object": "commerce_payer",
            "id": f"cpayer_{self.organization_id or self.user_id}",
            "user_id": self.user_id,
            "first_name": "",
            "last_name": "",
            "email": "billing@example.com",
            "organization_id": self.organization_id,
            "organization_name": "",
            "image_url": "",
        }

    def _instant(self, at: datetime | None) -> int | None:
        return None if at is None else int(at.timestamp()) * self.unit
