"""What each event says, and what that changes."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome
from sigmasight.domain.identity.provisioning import SyncUser
from sigmasight.domain.identity.users import ClerkAccount, ClerkAccounts, Profile
from sigmasight.domain.kernel import ClerkUserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What one event says of one Clerk account."""

    account: ClerkUserId
    profile: Profile | None = None
    deleted_at: datetime | None = None
    items: Sequence[SubscriptionItem] = ()

    def applied_to(self, known: ClerkAccount) -> ClerkAccount:
        """Return the account with this learnt; telling it again, or late, changes nothing."""
        if self.profile:
            known = known.with_profile(self.profile)
        if self.deleted_at:
            known = known.deleted(self.deleted_at)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkEvent:
    """A decoded event: its type, and either what it says or what is wrong with it.

    Neither: a type that does not concern us.
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
    """Makes sense of a delivery's body."""

    @abstractmethod
    def read(self, delivery: Delivery) -> ClerkEvent:
        """Return the event; one that makes no sense carries its fault."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ApplyFacts:
    """Takes in what one event says; the caller's transaction keeps it."""

    accounts: ClerkAccounts
    subscriptions: Subscriptions
    sync_user: SyncUser

    async def __call__(self, knowledge: AccountFacts) -> None:
        before = await self.accounts.lock(knowledge.account)
        account = knowledge.applied_to(before)
        if account != before:
            await self.accounts.put(account)
        known = {item.id: item for item in await self.subscriptions.items(account.id)}
        for item in knowledge.items:
            joined = item.merged_with(known.get(item.id))
            if joined != known.get(item.id):
                await self.subscriptions.put(account.id, joined)
            known[item.id] = joined
        await self.sync_user(account, items=list(known.values()))
