"""Subscription items in memory."""

from collections.abc import Sequence

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
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
