"""Decoded webhook events, and the changes they cause."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sigmasight.domain.billing import SubscriptionItem
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome
from sigmasight.domain.identity.users import ClerkAccount, Profile
from sigmasight.domain.kernel import ClerkUserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """The facts that one event states about one Clerk account."""

    account: ClerkUserId | None
    """None: whoever pays for the items."""
    profile: Profile | None = None
    deleted_at: datetime | None = None
    ended_session: str | None = None
    items: Sequence[SubscriptionItem] = ()

    def bounded(self, latest: datetime) -> "AccountFacts":
        """Return the facts, none of them known later than that."""
        return replace(
            self,
            profile=self.profile and self.profile.bounded(latest),
            deleted_at=self.deleted_at and min(self.deleted_at, latest),
            items=[replace(each, known_at=min(each.known_at, latest)) for each in self.items]
            or self.items,
        )

    def applied_to(self, known: ClerkAccount) -> ClerkAccount:
        """Return the account with these facts; applying them again, or late, changes nothing."""
        if self.profile:
            known = known.with_profile(self.profile)
        if self.deleted_at:
            known = known.deleted(self.deleted_at)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkEvent:
    """A decoded event: its type, and either its facts or why it is unreadable.

    Neither: a type that is ignored.
    """

    type: str
    facts: AccountFacts | None = None
    error: str | None = None

    @property
    def outcome(self) -> DeliveryOutcome:
        if self.error is not None:
            return DeliveryOutcome.FAILED
        return DeliveryOutcome.IGNORED if self.facts is None else DeliveryOutcome.RECEIVED


class EventReader(Protocol):
    """Decodes a delivery's body."""

    @abstractmethod
    def read(self, delivery: Delivery) -> ClerkEvent:
        """Return the event; an unreadable one carries the reason."""
