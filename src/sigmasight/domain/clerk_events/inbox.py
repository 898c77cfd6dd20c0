"""Deliveries of Clerk's sender: signed, kept once, each with what became of it."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sigmasight.domain.kernel import NotFoundError, UnauthenticatedError


class WebhookSignatureInvalidError(UnauthenticatedError):
    code = "webhook_signature_invalid"

    def __init__(self) -> None:
        super().__init__("The webhook is not signed with a secret of ours.")


class WebhookNotFoundError(NotFoundError):
    code = "webhook_not_found"

    def __init__(self, svix_id: str) -> None:
        super().__init__(f"There is no stored webhook {svix_id}.")


class DeliveryOutcome(StrEnum):
    """What became of a delivery."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt of Clerk's sender to tell us something; the id is the same on every retry."""

    id: str
    attempted_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """A delivery as it is kept: what it was about, and what became of it."""

    delivery: Delivery
    type: str
    outcome: DeliveryOutcome
    error: str | None
    """What is wrong with one that failed."""
    received_at: datetime


class WebhookSignatures(Protocol):
    """What tells a webhook of Clerk's sender from one of anybody else."""

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Return the delivery, or raise WebhookSignatureInvalidError; names are lower case."""
        raise NotImplementedError


class Inbox(Protocol):
    """Every delivery we accepted, once."""

    @abstractmethod
    async def add(self, receipt: InboxEntry) -> bool:
        """Keep a delivery; False if one of that id is kept already, or just being kept."""
        raise NotImplementedError

    @abstractmethod
    async def lock(self, svix_id: str) -> InboxEntry | None:
        """Return a delivery, and make others who ask wait until the transaction ends."""
        raise NotImplementedError

    @abstractmethod
    async def update(self, receipt: InboxEntry) -> None:
        """Keep what has become of a delivery that is kept already."""
        raise NotImplementedError

    @abstractmethod
    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
        """Return the deliveries that came last, of one outcome or of all, the newest first."""
        raise NotImplementedError

    @abstractmethod
    async def failed(self) -> Sequence[str]:
        """Return the ids of those that failed, in the order in which they came."""
        raise NotImplementedError

    @abstractmethod
    async def prune(self, before: datetime) -> int:
        """Forget what came before an instant, but for what failed; return how many that were."""
        raise NotImplementedError


class WebhookMonitor(Protocol):
    """Where deliveries are told and counted, for whoever watches over the system."""

    @abstractmethod
    def record_secret(self, secret: int) -> None:
        """Count which of our secrets signed a delivery; the first one listed is 1."""
        raise NotImplementedError

    @abstractmethod
    def record(self, receipt: InboxEntry) -> None:
        """Tell of a delivery; a failed one loudly."""
        raise NotImplementedError
