"""Taking deliveries in, and again those that failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sigmasight.domain.clerk_events.events import AccountFacts, ApplyFacts, EventReader
from sigmasight.domain.clerk_events.inbox import (
    DeliveryOutcome,
    Inbox,
    InboxEntry,
    WebhookMonitor,
    WebhookNotFoundError,
    WebhookSignatures,
)
from sigmasight.domain.kernel import Clock, Transaction, atomic


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """Take in a webhook: verified, kept once, applied in the same transaction."""

    signatures: WebhookSignatures
    reader: EventReader
    inbox: Inbox
    apply_facts: ApplyFacts
    monitor: WebhookMonitor
    clock: Clock
    transaction: Transaction

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> InboxEntry:
        """Return what became of it, or raise WebhookSignatureInvalidError."""
        delivery = self.signatures.verify(headers, body)
        event = self.reader.read(delivery)
        receipt = InboxEntry(
            delivery=delivery,
            type=event.type,
            outcome=event.outcome,
            error=event.error,
            received_at=self.clock.now(),
        )
        receipt = await self._keep(receipt, event.facts)
        self.monitor.record(receipt)
        return receipt

    @atomic
    async def _keep(self, receipt: InboxEntry, knowledge: AccountFacts | None) -> InboxEntry:
        if not await self.inbox.add(receipt):
            return replace(receipt, outcome=DeliveryOutcome.DUPLICATE)
        if knowledge:
            await self.apply_facts(knowledge)
        return receipt


@dataclass(frozen=True, slots=True)
class FindWebhooks:
    """Find deliveries for whoever runs the system."""

    inbox: Inbox
    transaction: Transaction

    @atomic
    async def one(self, svix_id: str) -> InboxEntry:
        """Raise WebhookNotFoundError."""
        kept = await self.inbox.lock(svix_id) if svix_id.isprintable() else None
        if kept is None:
            raise WebhookNotFoundError(svix_id)
        return kept

    @atomic
    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
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
    apply_facts: ApplyFacts
    transaction: Transaction

    @atomic
    async def __call__(self, svix_id: str) -> InboxEntry:
        """Return what has become of it, or raise WebhookNotFoundError."""
        kept = await self.inbox.lock(svix_id)
        if kept is None:
            raise WebhookNotFoundError(svix_id)
        event = self.reader.read(kept.delivery)
        if event.facts:
            await self.apply_facts(event.facts)
        receipt = replace(kept, type=event.type, outcome=event.outcome, error=event.error)
        await self.inbox.update(receipt)
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
