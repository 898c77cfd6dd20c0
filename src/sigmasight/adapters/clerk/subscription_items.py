"""Clerk's subscription item, as webhooks and the Backend API have it."""

from datetime import datetime
from typing import Final

import msgspec

from sigmasight.adapters.clerk.instants import instant
from sigmasight.domain.billing import ItemStatus, SubscriptionItem

MAX_TEXT: Final = 255


class _Plan(msgspec.Struct):
    slug: str | None = None


class Payer(msgspec.Struct):
    """Who pays: a person, or an organisation, whose member `user_id` then names."""

    user_id: str | None = None
    organization_id: str | None = None


class ClerkItem(msgspec.Struct):
    """The members that concern us; everything else Clerk sends is left unread."""

    id: str
    status: ItemStatus
    plan: _Plan | None = None
    updated_at: float | None = None
    period_end: float | None = None
    past_due_at: float | None = None
    payer: Payer | None = None

    @property
    def person(self) -> str | None:
        """The Clerk user id of who pays, if that is a person for themselves."""
        return None if self.payer is None or self.payer.organization_id else self.payer.user_id

    def item(self, told_at: datetime, past_due_at: float | None = None) -> SubscriptionItem:
        """Return the item as it was when last updated, else when told.

        Raise ValueError for what no item of ours can be. `past_due_at` is the subscription's,
        which counts where the item has none of its own.
        """
        overdue_at = self.past_due_at or past_due_at
        failed_at = overdue_at if self.status is ItemStatus.PAST_DUE else None
        return SubscriptionItem(
            id=text(self.id),
            plan=text(self.plan.slug) if self.plan and self.plan.slug else None,
            status=self.status,
            known_at=told_at if self.updated_at is None else instant(self.updated_at),
            period_end=None if self.period_end is None else instant(self.period_end),
            failures=frozenset([instant(failed_at)] if failed_at else []),
        )


def text(value: str) -> str:
    """Return an identifier we can keep, or raise ValueError."""
    if not 0 < len(value) <= MAX_TEXT or "\x00" in value:
        raise ValueError(f"{value[:20]!r} is not an identifier of 1 to {MAX_TEXT} characters")
    return value
