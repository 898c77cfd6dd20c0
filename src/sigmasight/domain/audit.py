"""The audit trail: who did what to whom, and when."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from sigmasight.domain.kernel import Clock, Transaction, atomic

ACTOR: Final = ContextVar("actor", default="system")
MAX_ACTOR: Final = 512


def act_as(name: str) -> None:
    """Set who acts from now on in this task and those it starts.

    That is `user_…`, `clerk` for its webhooks, or `command:root@host`; by default `system`.
    """
    ACTOR.set(name[:MAX_ACTOR])


class AuditAction(StrEnum):
    """What is recorded. Changes of users are recorded whoever makes them."""

    COMMAND = "command"
    ADMIN_REQUEST = "admin_request"
    TIER_CHANGED = "tier_changed"
    USER_BARRED = "user_barred"
    USER_ADMITTED = "user_admitted"
    USER_DELETED = "user_deleted"
    USER_CLOSED = "user_closed"
    """Its address was never proved, and its owner has signed in."""
    USER_ACTIVATED = "user_activated"
    USER_DEACTIVATED = "user_deactivated"
    USER_LINKED = "user_linked"
    USER_UNLINKED = "user_unlinked"
    MESSAGES_GRANTED = "messages_granted"
    GRANT_REVOKED = "grant_revoked"
    INVITE_ACCEPTED = "invite_accepted"
    INVITE_ALLOWED = "invite_allowed"
    INVITE_WITHDRAWN = "invite_withdrawn"
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    WEBHOOK_REPLAYED = "webhook_replayed"
    WEBHOOK_DISMISSED = "webhook_dismissed"
    JOB_RETRIED = "job_retried"
    JOB_CANCELED = "job_canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One action. The subject is the id of a user, a webhook or a job."""

    at: datetime
    actor: str
    action: AuditAction
    subject: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    """Its place in the trail; 0 until it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries to read: those before a number, with these values."""

    actor: str | None = None
    action: AuditAction | None = None
    subject: str | None = None
    since: datetime | None = None
    before: int | None = None


class AuditTrail(Protocol):
    """The recorded actions; none is ever changed or deleted."""

    @abstractmethod
    async def add(self, entry: AuditEntry) -> None:
        """Add an entry, within the caller's transaction."""

    @abstractmethod
    async def latest(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        """Return entries, newest first."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Records actions within the caller's transaction: both are stored, or neither."""

    trail: AuditTrail
    clock: Clock

    async def __call__(self, action: AuditAction, subject: object = None, **details: Any) -> None:
        await self.trail.add(self.entry(action, subject, **details))

    def entry(self, action: AuditAction, subject: object = None, **details: Any) -> AuditEntry:
        """Return an entry for who acts now, to be stored together with the action."""
        return AuditEntry(
            at=self.clock.now(),
            actor=ACTOR.get(),
            action=action,
            subject=None if subject is None else str(subject),
            details=details,
        )


@dataclass(frozen=True, slots=True)
class RecordOperation:
    """Records an operator's request or command before it is carried out."""

    audit: Audit
    transaction: Transaction

    @atomic
    async def __call__(self, action: AuditAction, operation: str) -> None:
        await self.audit(action, operation=operation)


@dataclass(frozen=True, slots=True)
class ReadAuditTrail:
    """Read the audit trail."""

    trail: AuditTrail
    transaction: Transaction

    @atomic
    async def __call__(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        """Return entries, newest first."""
        return await self.trail.latest(wanted, limit)
