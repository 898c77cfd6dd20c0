"""Invite codes: a signed-in user needs one to use the product."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Final, Protocol

from sigmasight.domain.access.attempts import (
    MAX_BY_ACCOUNT,
    MAX_BY_NETWORK,
    WINDOW,
    Attempts,
    network_of,
    wait_for,
)
from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.kernel import (
    INVISIBLE,
    Clock,
    DeniedError,
    InvalidError,
    QuotaError,
    Transaction,
    UserId,
    atomic,
)

UNSEEN: Final = re.compile(f"[{INVISIBLE}]+")
"""What comes along when a code is copied from a message."""


class InviteOutcome(StrEnum):
    VALIDATED = "validated"
    ALREADY_VALIDATED = "already_validated"


class InviteRequiredError(DeniedError):
    code = "invite_required"

    def __init__(self) -> None:
        super().__init__("Enter an invite code in your settings to use SigmaSight.")


class InvalidInviteCodeError(InvalidError):
    code = "invalid_invite_code"

    def __init__(self) -> None:
        super().__init__("This invite code is not valid.")


class TooManyInviteAttemptsError(QuotaError):
    code = "too_many_invite_attempts"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many wrong invite codes. Wait a few minutes, then try again.")
        self.retry_after = retry_after.total_seconds()


@dataclass(frozen=True, slots=True)
class InviteCodes:
    """The accepted codes, and whether one is required at all."""

    codes: Sequence[str]
    enabled: bool

    def accepts(self, code: str) -> bool:
        return not self.enabled or self.matching(code) is not None

    def matching(self, code: str) -> str | None:
        """Return the listed code that was entered, trimmed and in any case, in constant time."""
        entered = _canonical(code)
        matches = [each for each in self.codes if compare_digest(entered, _canonical(each))]
        return matches[0] if matches else None

    def require(self, *, validated: bool) -> None:
        """Raise InviteRequiredError for a user without a valid invite."""
        if self.enabled and not validated:
            raise InviteRequiredError


def _canonical(code: str) -> bytes:
    return UNSEEN.sub("", code).strip().casefold().encode()


@dataclass(frozen=True, slots=True)
class Invited:
    """A validated user, and by which code; None is an operator, or before codes were stored."""

    user: UserId
    email: str
    code: str | None
    at: datetime | None


class InviteAttempts(Protocol):
    """Which users are validated, and their recent wrong codes."""

    @abstractmethod
    async def lock(self, user: UserId) -> bool:
        """Return whether the user is validated, and lock the user's attempts."""

    @abstractmethod
    async def failures_since(self, user: UserId, since: datetime) -> Sequence[datetime]:
        """Return the times of the user's wrong codes after that instant, oldest first."""

    @abstractmethod
    async def record_failure(self, user: UserId, at: datetime, *, forget_before: datetime) -> None:
        """Record a wrong code, and delete the user's older than an instant."""

    @abstractmethod
    async def mark_validated(self, user: UserId, code: str | None, at: datetime) -> None:
        """Mark the user as validated, by a code or by an operator."""

    @abstractmethod
    async def withdraw(self, user: UserId) -> None:
        """Mark the user as not validated."""

    @abstractmethod
    async def latest(self, code: str | None, limit: int) -> Sequence[Invited]:
        """Return who was validated last, by one code or by any, newest first."""


class InviteAudit(Protocol):
    """Where wrong codes are reported for monitoring."""

    @abstractmethod
    def refused(self, user: UserId, *, client: str, code_prefix: str) -> None:
        """Report a wrong code: user, client address and the code's first four characters."""


@dataclass(frozen=True, slots=True)
class ValidateInvite:
    """Validate a user's invite code."""

    codes: InviteCodes
    attempts: InviteAttempts
    networks: Attempts
    refusals: InviteAudit
    audit: Audit
    clock: Clock
    transaction: Transaction

    async def __call__(self, code: str, *, by: UserId, client: str) -> InviteOutcome:
        """Raise InvalidInviteCodeError, or TooManyInviteAttemptsError.

        That is after ten wrong codes of a user, or 30 from a network, in 15 minutes.
        """
        outcome = await self._attempt(code, by, f"invite from {network_of(client)}")
        if outcome is None:
            self.refusals.refused(by, client=client, code_prefix=code.strip()[:4])
            raise InvalidInviteCodeError
        return outcome

    @atomic
    async def _attempt(self, code: str, by: UserId, by_network: str) -> InviteOutcome | None:
        if await self.attempts.lock(by):
            return InviteOutcome.ALREADY_VALIDATED
        now = self.clock.now()
        failures = await self.attempts.failures_since(by, now - WINDOW)
        if len(failures) >= MAX_BY_ACCOUNT:
            raise TooManyInviteAttemptsError(failures[-MAX_BY_ACCOUNT] + WINDOW - now)
        since = now - WINDOW
        if not await self.networks.record(by_network, now, since=since, most=MAX_BY_NETWORK):
            raise TooManyInviteAttemptsError(await wait_for(self.networks, by_network, now=now))
        if not self.codes.accepts(code):
            await self.attempts.record_failure(by, now, forget_before=since)
            await self.networks.prune(since)
            return None
        await self.networks.withdraw(by_network, now)
        await self.attempts.mark_validated(by, self.codes.matching(code), now)
        await self.audit(AuditAction.INVITE_ACCEPTED, by)
        return InviteOutcome.VALIDATED


@dataclass(frozen=True, slots=True)
class ManageInvites:
    """Let users in without a code, or out again, by an operator."""

    attempts: InviteAttempts
    audit: Audit
    clock: Clock
    transaction: Transaction

    @atomic
    async def allow(self, user: UserId) -> bool:
        """Return whether the user was not validated before."""
        if await self.attempts.lock(user):
            return False
        await self.attempts.mark_validated(user, None, self.clock.now())
        await self.audit(AuditAction.INVITE_ALLOWED, user)
        return True

    @atomic
    async def withdraw(self, user: UserId) -> bool:
        """Return whether the user was validated; a code lets them in again."""
        if not await self.attempts.lock(user):
            return False
        await self.attempts.withdraw(user)
        await self.audit(AuditAction.INVITE_WITHDRAWN, user)
        return True

    @atomic
    async def latest(self, code: str | None, limit: int) -> Sequence[Invited]:
        """Return who was validated last, newest first."""
        return await self.attempts.latest(code, limit)
