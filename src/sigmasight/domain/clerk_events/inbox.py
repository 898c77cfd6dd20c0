"""The webhook inbox: signed deliveries, each stored once with its outcome."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sigmasight.domain.kernel import ClerkUserId, ConflictError, NotFoundError, UnauthenticatedError


class WebhookSignatureInvalidError(UnauthenticatedError):
    code = "webhook_signature_invalid"

    def __init__(self) -> None:
        super().__init__(
            "The webhook's signature is not valid, or its time is over five minutes off:"
            " check this machine's clock."
        )


class WebhookNotFoundError(NotFoundError):
    code = "webhook_not_found"

    def __init__(self, svix_id: str) -> None:
        super().__init__(f"There is no stored webhook {svix_id}.")


class WebhookSettledError(ConflictError):
    code = "webhook_settled"

    def __init__(self, outcome: "DeliveryOutcome") -> None:
        super().__init__(
            f"This webhook is {outcome.value}: only those that failed or wait can be dismissed."
        )


class DeliveryOutcome(StrEnum):
    """The outcome of a delivery."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    WAITING = "waiting"
    """It concerns a subscription item whose payer is not known yet."""
    FAILED = "failed"
    DISMISSED = "dismissed"
    """It failed, and an operator has decided to leave it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver a webhook; the id is the same on every retry."""

    id: str
    attempted_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """A stored delivery: the account it concerns, and its outcome."""

    delivery: Delivery
    type: str
    outcome: DeliveryOutcome
    error: str | None
    """Why it failed."""
    received_at: datetime


class WebhookSignatures(Protocol):
    """Verifies that a webhook comes from Clerk."""

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Return the delivery, or raise WebhookSignatureInvalidError; names are lower case."""


class Inbox(Protocol):
    """The accepted deliveries, each stored once."""

    @abstractmethod
    async def add(self, receipt: InboxEntry) -> bool:
        """Store a delivery; return False if one of that id is stored, or being stored."""

    @abstractmethod
    async def lock(self, svix_id: str) -> InboxEntry | None:
        """Return a delivery, locked until the transaction ends."""

    @abstractmethod
    async def update(self, receipt: InboxEntry) -> None:
        """Update the outcome of a stored delivery."""

    @abstractmethod
    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
        """Return the latest deliveries, of one outcome or of all, newest first."""

    @abstractmethod
    async def failed(self) -> Sequence[str]:
        """Return the ids of failed deliveries in order of arrival."""

    @abstractmethod
    async def prune(self, before: datetime) -> int:
        """Delete deliveries before an instant except failed and waiting ones; return how many."""


class WebhookMonitor(Protocol):
    """Where deliveries are logged and counted for monitoring."""

    @abstractmethod
    def record_secret(self, secret: int) -> None:
        """Count which of our secrets signed a delivery; the first one listed is 1."""

    @abstractmethod
    def record(self, receipt: InboxEntry) -> None:
        """Log a delivery; a failed one as an error."""

    @abstractmethod
    def record_unlisted_plan(self, plan: str, account: ClerkUserId | None) -> None:
        """Log and count somebody who pays for a plan that is not among the paid ones."""
