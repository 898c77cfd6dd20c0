"""What Clerk tells us in webhooks, and what each telling changes."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.identity.provisioning import Settlement
from sigmasight.domain.identity.users import ClerkAccount, ClerkAccounts, Profile
from sigmasight.domain.kernel import (
    ClerkUserId,
    Clock,
    Transaction,
    UnauthenticatedError,
    atomic,
)


class WebhookSignatureInvalidError(UnauthenticatedError):
    code = "webhook_signature_invalid"

    def __init__(self) -> None:
        super().__init__("The webhook is not signed with a secret of ours.")


class Outcome(StrEnum):
    """What became of a delivery."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    FAILED = "failed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt of Clerk's sender to tell us something; the id is the same on every retry."""

    id: str
    attempted_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A delivery as it is kept: what it was about, and what became of it."""

    delivery: Delivery
    event: ClerkEvent
    outcome: Outcome
    received_at: datetime


class WebhookSignatures(Protocol):
    """What tells a webhook of Clerk's sender from one of anybody else."""

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Return the delivery, or raise WebhookSignatureInvalidError; names are lower case."""
        raise NotImplementedError


class EventReader(Protocol):
    """Makes sense of a delivery's body."""

    @abstractmethod
    def read(self, delivery: Delivery) -> ClerkEvent:
        """Return the event; one that makes no sense carries its fault."""
        raise NotImplementedError


class Inbox(Protocol):
    """Every delivery we accepted, once."""

    @abstractmethod
    async def add(self, receipt: Receipt) -> bool:
        """Keep a delivery; False if one of that id is kept already, or just being kept."""
        raise NotImplementedError


class WebhookMonitor(Protocol):
    """Where deliveries are told and counted, for whoever watches over the system."""

    @abstractmethod
    def delivered(self, receipt: Receipt) -> None:
        """Tell of a delivery; a failed one loudly."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """Take in a webhook: verified, kept once, applied in the same transaction."""

    signatures: WebhookSignatures
    reader: EventReader
    inbox: Inbox
    accounts: ClerkAccounts
    subscriptions: Subscriptions
    settlement: Settlement
    monitor: WebhookMonitor
    clock: Clock
    transaction: Transaction

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Return what became of it, or raise WebhookSignatureInvalidError."""
        delivery = self.signatures.verify(headers, body)
        event = self.reader.read(delivery)
        receipt = await self._keep(
            Receipt(
                delivery=delivery,
                event=event,
                outcome=event.outcome,
                received_at=self.clock.now(),
            )
        )
        self.monitor.delivered(receipt)
        return receipt

    @atomic
    async def _keep(self, receipt: Receipt) -> Receipt:
        if not await self.inbox.add(receipt):
            return replace(receipt, outcome=Outcome.DUPLICATE)
        if knowledge := receipt.event.knowledge:
            await self._apply(knowledge)
        return receipt

    async def _apply(self, knowledge: Knowledge) -> None:
        before = await self.accounts.lock(knowledge.account)
        account = knowledge.about(before)
        if account != before:
            await self.accounts.put(account)
        if knowledge.items:
            known = {item.id: item for item in await self.subscriptions.items(account.id)}
            for item in knowledge.items:
                await self.subscriptions.put(account.id, item.joined(known.get(item.id)))
        await self.settlement(account)
