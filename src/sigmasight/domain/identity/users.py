"""People: our rows, the Clerk accounts behind them, and the ports to both."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.kernel import (
    ClerkUserId,
    ConflictError,
    DeniedError,
    UnauthenticatedError,
    UserId,
    new_id,
)

EMAIL: Final = re.compile(r"(?=.{3,255}\Z)[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")


class AccountInactiveError(UnauthenticatedError):
    code = "account_inactive"

    def __init__(self) -> None:
        super().__init__("This account is no longer active.")


class EmailClaimMissingError(UnauthenticatedError):
    code = "email_claim_missing"

    def __init__(self) -> None:
        super().__init__(
            "The session token carries no email address. Operators: add"
            ' {"email": "{{user.primary_email_address}}",'
            ' "email_verified": "{{user.email_verified}}"} to the session token claims in Clerk,'
            " or set CLERK_SECRET_KEY so that it can be asked for."
        )


class EmailConflictError(ConflictError):
    code = "email_conflict"

    def __init__(self) -> None:
        super().__init__("Another account already uses this email address.")


class AdminRequiredError(DeniedError):
    code = "admin_required"

    def __init__(self) -> None:
        super().__init__("Only operators may do this.")


def email_address(value: object) -> str | None:
    """Return what looks like an email address we can keep, trimmed, else None."""
    if isinstance(value, str) and EMAIL.fullmatch(address := value.strip()):
        return address
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of ours. `subscription` is as stored: ask it `at` an instant."""

    id: UserId
    clerk_user_id: ClerkUserId | None
    email: str
    full_name: str | None
    is_active: bool
    created_at: datetime
    deleted_at: datetime | None
    invite_validated: bool
    subscription: Subscription
    messages: MessageCounter

    def require_active(self) -> "User":
        """Return the user, or raise AccountInactiveError."""
        if not self.is_active:
            raise AccountInactiveError
        return self

    def require_password(self) -> "User":
        """Return the user, or raise AccountInactiveError where a password no longer signs in.

        Who has a Clerk account comes in by Clerk alone.
        """
        if self.deleted_at or self.clerk_user_id is not None:
            raise AccountInactiveError
        return self.require_active()


def new_user(
    email: str, now: datetime, *, account: ClerkUserId | None = None, full_name: str | None = None
) -> User:
    """Return somebody new: on the free tier, not let in yet."""
    return User(
        id=UserId(new_id()),
        clerk_user_id=account,
        email=email,
        full_name=full_name,
        is_active=True,
        created_at=now,
        deleted_at=None,
        invite_validated=False,
        subscription=Subscription(),
        messages=MessageCounter(0, now),
    )


@dataclass(frozen=True, slots=True)
class Operators:
    """Who runs the system."""

    ids: frozenset[str]

    def require(self, user: User) -> None:
        """Raise AdminRequiredError for anybody else."""
        if user.clerk_user_id not in self.ids:
            raise AdminRequiredError


@dataclass(frozen=True, slots=True)
class Overview:
    """A user together with what they own."""

    user: User
    portfolio_count: int = 0
    default_portfolio: UUID | None = None
    """The oldest active portfolio."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Somebody's primary email address, as it was at an instant; the later one is greater.

    Equal instants are ordered by content, so that the order of arrival never decides.
    """

    known_at: datetime
    email: str
    verified: bool


@dataclass(frozen=True, slots=True, order=True)
class FullName:
    """Somebody's name, as it was at an instant; ordered like addresses."""

    known_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What Clerk said of a person at one instant; it may lack an address, a name, or both."""

    address: Address | None = None
    name: FullName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkAccount:
    """All we know of a Clerk user id, whether a row of ours belongs to it yet or not.

    Address and name are kept apart: a profile that lacks one says nothing about it.
    """

    id: ClerkUserId
    address: Address | None = None
    name: FullName | None = None
    deleted_at: datetime | None = None

    def with_profile(self, profile: Profile) -> "ClerkAccount":
        """Keep the newer address and the newer name."""
        return replace(
            self,
            address=max(filter(None, (self.address, profile.address)), default=None),
            name=max(filter(None, (self.name, profile.name)), default=None),
        )

    def deleted(self, at: datetime) -> "ClerkAccount":
        """Mark the account as gone for good: nothing that comes later revives it."""
        return replace(self, deleted_at=at if self.deleted_at is None else min(at, self.deleted_at))


class Callers(Protocol):
    """Users as every request needs them: one round trip, no lock."""

    @abstractmethod
    async def find(self, who: ClerkUserId | UserId) -> User | None:
        """Return the account's user, or the user of that id."""
        raise NotImplementedError

    @abstractmethod
    async def overview(self, who: ClerkUserId | UserId) -> Overview | None:
        """Return the same user together with what they own."""
        raise NotImplementedError


class Users(Protocol):
    """Users as those who change them need them, locked until the transaction ends."""

    @abstractmethod
    async def with_account(self, account: ClerkUserId) -> User | None:
        """Return the account's user."""
        raise NotImplementedError

    @abstractmethod
    async def lock(self, user: UserId) -> User | None:
        """Return the user of that id."""
        raise NotImplementedError

    @abstractmethod
    async def with_email(self, email: str) -> User | None:
        """Return the one not deleted user with that address, whatever its case."""
        raise NotImplementedError

    @abstractmethod
    async def put(self, user: User) -> None:
        """Store a new user, or of a known one who it is: account, address, name, activity, tier."""
        raise NotImplementedError


class ClerkAccounts(Protocol):
    """Every Clerk user id we ever heard of."""

    @abstractmethod
    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        """Return what is known, and make others who ask wait until the transaction ends."""
        raise NotImplementedError

    @abstractmethod
    async def put(self, account: ClerkAccount) -> None:
        """Store what is known."""
        raise NotImplementedError

    @abstractmethod
    async def waiting_for_email(self, email: str) -> Sequence[ClerkUserId]:
        """Return the accounts whose address this is, but whose users do not have it yet."""
        raise NotImplementedError
