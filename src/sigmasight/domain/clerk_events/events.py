"""What each event says, and what that changes."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.clerk_events.deliveries import Delivery, Outcome
from sigmasight.domain.identity.provisioning import Settlement
from sigmasight.domain.identity.users import ClerkAccount, ClerkAccounts, Profile
from sigmasight.domain.kernel import ClerkUserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What one event says of one Clerk account."""

    account: ClerkUserId
    profile: Profile | None = None
    deleted_at: datetime | None = None
    items: Sequence[SubscriptionItem] = ()

    def about(self, known: ClerkAccount) -> ClerkAccount:
        """Return the account with this learnt; telling it again, or late, changes nothing."""
        if self.profile:
            known = known.learn(self.profile)
        if self.deleted_at:
            known = known.delete(self.deleted_at)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkEvent:
    """A decoded event: its type, and either what it says or what is wrong with it.

    Neither: a type that does not concern us.
    """

    type: str
    knowledge: Knowledge | None = None
    fault: str | None = None

    @property
    def outcome(self) -> Outcome:
        if self.fault is not None:
            return Outcome.FAILED
        return Outcome.IGNORED if self.knowledge is None else Outcome.RECEIVED


class EventReader(Protocol):
    """Makes sense of a delivery's body."""

    @abstractmethod
    def read(self, delivery: Delivery) -> ClerkEvent:
        """Return the event; one that makes no sense carries its fault."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Learn:
    """Takes in what one event says; the caller's transaction keeps it."""

    accounts: ClerkAccounts
    subscriptions: Subscriptions
    settlement: Settlement

    async def __call__(self, knowledge: Knowledge) -> None:
        before = await self.accounts.lock(knowledge.account)
        account = knowledge.about(before)
        if account != before:
            await self.accounts.put(account)
        known = {item.id: item for item in await self.subscriptions.items(account.id)}
        for item in knowledge.items:
            joined = item.joined(known.get(item.id))
            if joined != known.get(item.id):
                await self.subscriptions.put(account.id, joined)
            known[item.id] = joined
        await self.settlement(account, items=list(known.values()))
