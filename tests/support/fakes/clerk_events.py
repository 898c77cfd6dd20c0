"""The webhook inbox in memory."""

from collections.abc import Sequence
from datetime import datetime

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, Inbox, InboxEntry, WebhookMonitor
from sigmasight.domain.kernel import ClerkUserId
from tests.support.fakes.store import InMemoryStore


class InMemoryInbox(Inbox):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, receipt: InboxEntry) -> bool:
        kept = self._store.receipts.setdefault(receipt.delivery.id, receipt)
        return kept is receipt

    async def lock(self, svix_id: str) -> InboxEntry | None:
        return self._store.receipts.get(svix_id)

    async def update(self, receipt: InboxEntry) -> None:
        self._store.receipts[receipt.delivery.id] = receipt

    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
        found = [
            receipt for receipt in self._in_order() if outcome is None or receipt.outcome is outcome
        ]
        newest_first = sorted(found, key=lambda receipt: receipt.received_at, reverse=True)
        return newest_first[:limit]

    async def failed(self) -> Sequence[str]:
        return [
            receipt.delivery.id
            for receipt in self._in_order()
            if receipt.outcome is DeliveryOutcome.FAILED
        ]

    async def prune(self, before: datetime) -> int:
        old = [
            receipt.delivery.id
            for receipt in self._store.receipts.values()
            if receipt.received_at < before
            and receipt.outcome not in {DeliveryOutcome.FAILED, DeliveryOutcome.WAITING}
        ]
        for svix_id in old:
            del self._store.receipts[svix_id]
        return len(old)

    def _in_order(self) -> Sequence[InboxEntry]:
        return sorted(
            self._store.receipts.values(),
            key=lambda receipt: (receipt.received_at, receipt.delivery.id),
        )


class RecordingMonitor(WebhookMonitor):
    def __init__(self) -> None:
        self.receipts: list[InboxEntry] = []
        self.secrets: list[int] = []
        self.unlisted_plans: list[tuple[str, ClerkUserId | None]] = []

    def record_secret(self, secret: int) -> None:
        self.secrets.append(secret)

    def record(self, receipt: InboxEntry) -> None:
        self.receipts.append(receipt)

    def record_unlisted_plan(self, plan: str, account: ClerkUserId | None) -> None:
        self.unlisted_plans.append((plan, account))
