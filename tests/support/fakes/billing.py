"""Subscription items in memory."""

from collections.abc import Sequence

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.kernel import ClerkUserId
from tests.support.fakes.store import InMemoryStore


class InMemorySubscriptions(Subscriptions):
    def __init__(self, memory: InMemoryStore) -> None:
        self._memory = memory

    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        keys = sorted(key for key in self._memory.items if key[0] == account)
        return [self._memory.items[key] for key in keys]

    async def put(self, account: ClerkUserId, item: SubscriptionItem) -> None:
        self._memory.items[account, item.id] = item
