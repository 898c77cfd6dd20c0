"""Receiving deliveries, and replaying failed ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.billing import Plans, Subscriptions
from sigmasight.domain.clerk_events.events import AccountFacts, ClerkEvent, EventReader
from sigmasight.domain.clerk_events.inbox import (
    DeliveryOutcome,
    Inbox,
    InboxEntry,
    WebhookMonitor,
    WebhookNotFoundError,
    WebhookSettledError,
    WebhookSignatures,
)
from sigmasight.domain.clerk_events.payers import WaitingDeliveries
from sigmasight.domain.identity.provisioning import SyncUser
from sigmasight.domain.identity.sign_out import EndSession
from sigmasight.domain.identity.users import ClerkAccounts
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, atomic


@dataclass(frozen=True, slots=True)
class ApplyFacts:
    """Applies an event's facts within the caller's transaction."""

    accounts: ClerkAccounts
    subscriptions: Subscriptions
    waiting: WaitingDeliveries
    end_session: EndSession
    sync_user: SyncUser

    async def __call__(self, account: ClerkUserId, facts: AccountFacts) -> None:
        before = await self.accounts.lock(account)
        after = facts.applied_to(before)
        if after != before:
            await self.accounts.put(after)
        known = {item.id: item for item in await self.subscriptions.items(account)}
        new = [item for item in facts.items if item.id not in known]
        waited = await self.waiting.claim(account, new)
        for item in (*facts.items, *waited):
            merged = item.merged_with(known.get(item.id))
            if merged != known.get(item.id):
                await self.subscriptions.put(account, merged)
            known[item.id] = merged
        await self.sync_user(after, items=list(known.values()))

    async def outcome(self, event: ClerkEvent, svix_id: str) -> DeliveryOutcome:
        """Apply what the event states, if anything, and return what became of its delivery."""
        if event.facts is None:
            return event.outcome
        if event.facts.ended_session:
            await self.end_session(event.facts.ended_session)
            return event.outcome
        account = event.facts.account or await self.waiting.payer(event.facts.items, svix_id)
        if account is None:
            return DeliveryOutcome.WAITING
        await self(account, event.facts)
        return event.outcome


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """Receive a webhook: verify it, store it once, and apply it in the same transaction."""

    signatures: WebhookSignatures
    reader: EventReader
    inbox: Inbox
    apply_facts: ApplyFacts
    monitor: WebhookMonitor
    plans: Plans
    clock: Clock
    transaction: Transaction

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> InboxEntry:
        """Return its outcome, or raise WebhookSignatureInvalidError."""
        delivery = self.signatures.verify(headers, body)
        event = self.reader.read(delivery)
        entry = InboxEntry(
            delivery=delivery,
            type=event.type,
            outcome=event.outcome,
            error=event.error,
            received_at=self.clock.now(),
        )
        entry = await self._store(entry, event)
        self.monitor.record(entry)
        if event.facts:
            for plan in self.plans.unlisted(event.facts.items):
                self.monitor.record_unlisted_plan(plan, event.facts.account)
        return entry

    @atomic
    async def _store(self, entry: InboxEntry, event: ClerkEvent) -> InboxEntry:
        if not await self.inbox.add(entry):
            return replace(entry, outcome=DeliveryOutcome.DUPLICATE)
        outcome = await self.apply_facts.outcome(event, entry.delivery.id)
        if outcome is not entry.outcome:
            entry = replace(entry, outcome=outcome)
            await self.inbox.update(entry)
        return entry


@dataclass(frozen=True, slots=True)
class FindWebhooks:
    """Find deliveries for operators."""

    inbox: Inbox
    transaction: Transaction

    @atomic
    async def one(self, svix_id: str) -> InboxEntry:
        """Raise WebhookNotFoundError."""
        stored = await self.inbox.lock(svix_id) if svix_id.isprintable() else None
        if stored is None:
            raise WebhookNotFoundError(svix_id)
        return stored

    @atomic
    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
        return await self.inbox.latest(outcome, limit)

    @atomic
    async def failed(self) -> Sequence[str]:
        return await self.inbox.failed()


@dataclass(frozen=True, slots=True)
class ReplayWebhook:
    """Decode a stored delivery again with this version, and apply it.

    One that took effect before changes nothing: its facts are as old as they were.
    """

    reader: EventReader
    inbox: Inbox
    apply_facts: ApplyFacts
    audit: Audit
    transaction: Transaction

    @atomic
    async def __call__(self, svix_id: str) -> InboxEntry:
        """Return its outcome, or raise WebhookNotFoundError."""
        stored = await self.inbox.lock(svix_id)
        if stored is None:
            raise WebhookNotFoundError(svix_id)
        event = self.reader.read(stored.delivery)
        outcome = await self.apply_facts.outcome(event, svix_id)
        entry = replace(stored, type=event.type, outcome=outcome, error=event.error)
        await self.inbox.update(entry)
        await self.audit(AuditAction.WEBHOOK_REPLAYED, svix_id, outcome=outcome.value)
        return entry


@dataclass(frozen=True, slots=True)
class DismissWebhook:
    """Leave a failed delivery as it is: it is stored, and worries nobody any more."""

    inbox: Inbox
    audit: Audit
    transaction: Transaction

    @atomic
    async def __call__(self, svix_id: str) -> InboxEntry:
        """Raise WebhookNotFoundError, or WebhookSettledError."""
        stored = await self.inbox.lock(svix_id) if svix_id.isprintable() else None
        if stored is None:
            raise WebhookNotFoundError(svix_id)
        if stored.outcome not in {DeliveryOutcome.FAILED, DeliveryOutcome.WAITING}:
            raise WebhookSettledError(stored.outcome)
        dismissed = replace(stored, outcome=DeliveryOutcome.DISMISSED)
        await self.inbox.update(dismissed)
        await self.audit(AuditAction.WEBHOOK_DISMISSED, svix_id)
        return dismissed


@dataclass(frozen=True, slots=True)
class PruneWebhooks:
    """Delete deliveries too old to be sent again."""

    inbox: Inbox
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, older_than: timedelta) -> int:
        """Return how many were deleted; failed and waiting ones stay."""
        return await self.inbox.prune(self.clock.now() - older_than)
