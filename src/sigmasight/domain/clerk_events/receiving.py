"""Taking deliveries in, and again those that failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sigmasight.domain.clerk_events.deliveries import (
    Inbox,
    Outcome,
    Receipt,
    WebhookMonitor,
    WebhookNotFoundError,
    WebhookSignatures,
)
from sigmasight.domain.clerk_events.events import EventReader, Knowledge, Learn
from sigmasight.domain.kernel import Clock, Transaction, atomic


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """Take in a webhook: verified, kept once, applied in the same transaction."""

    signatures: WebhookSignatures
    reader: EventReader
    inbox: Inbox
    learn: Learn
    monitor: WebhookMonitor
    clock: Clock
    transaction: Transaction

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Return what became of it, or raise WebhookSignatureInvalidError."""
        delivery = self.signatures.verify(headers, body)
        event = self.reader.read(delivery)
        receipt = Receipt(
            delivery=delivery,
            type=event.type,
            outcome=event.outcome,
            error=event.fault,
            received_at=self.clock.now(),
        )
        receipt = await self._keep(receipt, event.knowledge)
        self.monitor.delivered(receipt)
        return receipt

    @atomic
    async def _keep(self, receipt: Receipt, knowledge: Knowledge | None) -> Receipt:
        if not await self.inbox.add(receipt):
            return replace(receipt, outcome=Outcome.DUPLICATE)
        if knowledge:
            await self.learn(knowledge)
        return receipt


@dataclass(frozen=True, slots=True)
class LookUpWebhooks:
    """Find deliveries for whoever runs the system."""

    inbox: Inbox
    transaction: Transaction

    @atomic
    async def one(self, svix_id: str) -> Receipt:
        """Raise WebhookNotFoundError."""
        kept = await self.inbox.lock(svix_id) if svix_id.isprintable() else None
        if kept is None:
            raise WebhookNotFoundError(svix_id)
        return kept

    @atomic
    async def latest(self, outcome: Outcome | None, limit: int) -> Sequence[Receipt]:
        return await self.inbox.latest(outcome, limit)

    @atomic
    async def failed(self) -> Sequence[str]:
        return await self.inbox.failed()


@dataclass(frozen=True, slots=True)
class ReplayWebhook:
    """Read a kept delivery again, with what this version understands, and apply it.

    One that took effect before changes nothing: what it says is as old as it was.
    """

    reader: EventReader
    inbox: Inbox
    learn: Learn
    transaction: Transaction

    @atomic
    async def __call__(self, svix_id: str) -> Receipt:
        """Return what has become of it, or raise WebhookNotFoundError."""
        kept = await self.inbox.lock(svix_id)
        if kept is None:
            raise WebhookNotFoundError(svix_id)
        event = self.reader.read(kept.delivery)
        if event.knowledge:
            await self.learn(event.knowledge)
        receipt = replace(kept, type=event.type, outcome=event.outcome, error=event.fault)
        await self.inbox.settle(receipt)
        return receipt


@dataclass(frozen=True, slots=True)
class PruneWebhooks:
    """Forget deliveries so old that Clerk's sender repeats them no more."""

    inbox: Inbox
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, older_than: timedelta) -> int:
        """Return how many were forgotten; those that failed are kept until they are replayed."""
        return await self.inbox.prune(self.clock.now() - older_than)
