"""Who pays for a subscription item, and the deliveries that wait until that is known."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sigmasight.domain.billing import FLAT_ITEM, SubscriptionItem
from sigmasight.domain.clerk_events.events import EventReader
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, Inbox
from sigmasight.domain.kernel import ClerkUserId


class ItemPayers(Protocol):
    """Whose each subscription item is; Clerk's events may leave the payer out."""

    @abstractmethod
    async def find(self, items: Sequence[str]) -> ClerkUserId | None:
        """Return who pays for the first of these items with a known payer."""

    @abstractmethod
    async def wait(self, item: str, svix_id: str) -> ClerkUserId | None:
        """Have a delivery wait for the item's payer; return the payer if there is one by now.

        Whoever claims the item at the same time waits for this transaction to end.
        """

    @abstractmethod
    async def claim(self, account: ClerkUserId, items: Sequence[str]) -> Sequence[str]:
        """Record who pays for items, unless that is known; return the deliveries that waited."""


@dataclass(frozen=True, slots=True)
class WaitingDeliveries:
    """Deliveries about items without a known payer, within the caller's transaction."""

    payers: ItemPayers
    inbox: Inbox
    reader: EventReader

    async def payer(self, items: Sequence[SubscriptionItem], svix_id: str) -> ClerkUserId | None:
        """Return who pays for these items; without an answer the delivery waits for it."""
        ids = sorted(item.id for item in items)
        payer = await self.payers.find(ids)
        for item in ids if payer is None else ():
            payer = payer or await self.payers.wait(item, svix_id)
        return payer

    async def claim(
        self, account: ClerkUserId, items: Sequence[SubscriptionItem]
    ) -> Sequence[SubscriptionItem]:
        """Record who pays for these items; return the states that waited for that."""
        waited: list[SubscriptionItem] = []
        claimed = {FLAT_ITEM}
        while new := sorted({item.id for item in (*items, *waited)} - claimed):
            claimed.update(new)
            for svix_id in await self.payers.claim(account, new):
                waited += await self._received(svix_id)
        return waited

    async def _received(self, svix_id: str) -> Sequence[SubscriptionItem]:
        entry = await self.inbox.lock(svix_id)
        if entry is None or entry.outcome is not DeliveryOutcome.WAITING:
            return ()
        event = self.reader.read(entry.delivery)
        outcome, error = event.outcome, event.error
        await self.inbox.update(replace(entry, outcome=outcome, error=error))
        return event.facts.items if event.facts else ()
