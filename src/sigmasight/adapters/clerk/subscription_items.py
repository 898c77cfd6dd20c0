"""Clerk's subscription item, as the Backend API and webhooks have it."""

from datetime import datetime
from typing import Annotated

import msgspec

from sigmasight.adapters.clerk.instants import instant
from sigmasight.domain.billing import ItemStatus, SubscriptionItem

Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]{0,255}\Z")]
"""What our columns hold."""


class _Plan(msgspec.Struct):
    slug: Text | None = None


class _Payer(msgspec.Struct):
    user_id: Text | None = None
    organization_id: str | None = None


class ClerkItem(msgspec.Struct):
    """The members that concern us; times are seconds or milliseconds since the epoch."""

    id: Annotated[Text, msgspec.Meta(min_length=1)]
    status: ItemStatus
    plan: _Plan | None = None
    payer: _Payer | None = None
    updated_at: float | None = None
    period_end: float | None = None
    past_due_at: float | None = None

    @property
    def person(self) -> str | None:
        """The Clerk user id of who pays, if that is a person for themselves."""
        if self.payer is None or self.payer.organization_id:
            return None
        return self.payer.user_id or None

    def item(self, known_at: datetime) -> SubscriptionItem:
        """Return the item, known as of its own last change, else of `known_at`.

        Raise ValueError for an instant no calendar has.
        """
        return SubscriptionItem(
            id=self.id,
            plan=(self.plan and self.plan.slug) or None,
            status=self.status,
            known_at=known_at if self.updated_at is None else instant(self.updated_at),
            period_end=_optional(self.period_end),
            past_due_since=_optional(self.past_due_at),
        )


def _optional(value: float | None) -> datetime | None:
    return None if value is None else instant(value)
