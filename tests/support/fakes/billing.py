"""Subscription items in memory."""

from collections.abc import Sequence

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.clerk_events.payers import ItemPayers
from sigmasight.domain.kernel import ClerkUserId
from tests.support.fakes.store import InMemoryStore


class InMemorySubscriptions(Subscriptions):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        keys = sorted(key for key in self._store.items if key[0] == account)
        return [self._store.items[key] for key in keys]

    async def put(self, account: ClerkUserId, item: SubscriptionItem) -> None:
        self._store.items[account, item.id] = item


class InMemoryItemPayers(ItemPayers):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def find(self, items: Sequence[str]) -> ClerkUserId | None:
        payers = self._store.item_payers
        return next((payers[item] for item in sorted(items) if item in payers), None)

    async def wait(self, item: str, svix_id: str) -> ClerkUserId | None:
        waiting = self._store.waiting_deliveries
        payer = self._store.item_payers.get(item)
        if payer is None and svix_id not in waiting.get(item, ()):
            waiting[item] = (*waiting.get(item, ()), svix_id)
        return payer

    async def claim(self, account: ClerkUserId, items: Sequence[str]) -> Sequence[str]:
        for item in items:
            self._store.item_payers.setdefault(item, account)
        own = [item for item in items if self._store.item_payers[item] == account]
        waiting = self._store.waiting_deliveries
        return list(dict.fromkeys(svix_id for item in own for svix_id in waiting.get(item, ())))
