"""Messages that operators grant, each grant once, and take back."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.audit import Audit, AuditAction, AuditEntry
from sigmasight.domain.kernel import Clock, ConflictError, NotFoundError, UserId

GrantId = NewType("GrantId", UUID)


class GrantConflictError(ConflictError):
    code = "grant_conflict"

    def __init__(self, grant: GrantId) -> None:
        super().__init__(f"Grant {grant} is of another number of messages. Nothing was changed.")


class GrantNotFoundError(NotFoundError):
    code = "grant_not_found"

    def __init__(self, grant: GrantId) -> None:
        super().__init__(f"This user has no grant {grant}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Messages added to a user's limit in the month of an instant."""

    id: GrantId
    count: int
    reason: str
    at: datetime
    revoked: bool = False


class GrantLedger(Protocol):
    """Grants in the ledger of messages, consistent with each user's counter."""

    @abstractmethod
    async def add(self, user: UserId, grant: Grant, entry: AuditEntry) -> MessageCounter | None:
        """Store a grant and its entry in the audit trail; None if there is one of that id."""

    @abstractmethod
    async def revoke(self, user: UserId, grant: Grant, entry: AuditEntry) -> bool:
        """Take a grant back, if its month is not over; False if that was done before."""

    @abstractmethod
    async def list(self, user: UserId) -> Sequence[Grant]:
        """Return a user's grants, newest first."""


def grant_id(text: str) -> GrantId:
    """Return the id that an operator's own words name, the same each time."""
    try:
        return GrantId(UUID(text))
    except ValueError:
        return GrantId(uuid5(NAMESPACE_OID, text))


@dataclass(frozen=True, slots=True)
class GrantMessages:
    """Grant a user more messages this month, by an operator; one id grants once."""

    ledger: GrantLedger
    audit: Audit
    clock: Clock

    async def __call__(self, user: UserId, grant: GrantId, count: int, *, reason: str) -> bool:
        """Return whether it is new; raise GrantConflictError for another count under the id."""
        new = Grant(id=grant, count=count, reason=reason, at=self.clock.now())
        entry = self.audit.entry(
            AuditAction.MESSAGES_GRANTED, user, grant=str(grant), count=count, reason=reason
        )
        if await self.ledger.add(user, new, entry):
            return True
        known = await self._find(user, grant)
        if known.count != count:
            raise GrantConflictError(grant)
        return False

    async def revoke(self, user: UserId, grant: GrantId) -> bool:
        """Return whether it was still granted, or raise GrantNotFoundError."""
        known = await self._find(user, grant)
        entry = self.audit.entry(
            AuditAction.GRANT_REVOKED, user, grant=str(grant), count=known.count
        )
        return await self.ledger.revoke(user, known, entry)

    async def _find(self, user: UserId, grant: GrantId) -> Grant:
        for known in await self.ledger.list(user):
            if known.id == grant:
                return known
        raise GrantNotFoundError(grant)
