"""Users, the Clerk accounts linked to them, and the ports to both."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.kernel import (
    CONTROL,
    INVISIBLE,
    ClerkUserId,
    ConflictError,
    DeniedError,
    UnauthenticatedError,
    UserId,
    new_id,
)

PART: Final = rf"[^\s@{CONTROL}{INVISIBLE}]+"
EMAIL: Final = re.compile(rf"(?=.{{3,255}}\Z){PART}@{PART}")


class AccountInactiveError(UnauthenticatedError):
    code = "account_inactive"

    def __init__(self, sentence: str = "This account is no longer active.") -> None:
        super().__init__(sentence)


class EmailClaimMissingError(UnauthenticatedError):
    code = "email_claim_missing"

    def __init__(self) -> None:
        super().__init__("The session token carries no email address.")


class EmailConflictError(ConflictError):
    code = "email_conflict"

    def __init__(self) -> None:
        super().__init__("Another account already uses this email address.")


class AdminRequiredError(DeniedError):
    code = "admin_required"

    def __init__(self) -> None:
        super().__init__("Only operators may do this.")


def email_address(value: object) -> str | None:
    """Return the trimmed email address, or None if it does not look like one."""
    if isinstance(value, str) and EMAIL.fullmatch(address := value.strip()):
        return address
    return None


class BarKind(StrEnum):
    """Why Clerk lets nobody in with an account."""

    BANNED = "banned"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Bar:
    """An account that Clerk has banned or locked."""

    kind: BarKind
    until: datetime | None = None
    """When a lock expires by itself; None if it does not."""

    def applies_at(self, now: datetime) -> bool:
        return self.until is None or now < self.until

    @property
    def sentence(self) -> str:
        end = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return f"This account is {self.kind}{end}."


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user. `subscription` is as stored; its `at` gives the tier at an instant."""

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
    bar: Bar | None = None
    address_proved: bool = True
    """False for an address registered with a password: anybody could have given it."""

    def require_active(self, now: datetime) -> "User":
        """Return the user, or raise AccountInactiveError."""
        if not self.is_active:
            raise AccountInactiveError
        if self.bar and self.bar.applies_at(now):
            raise AccountInactiveError(self.bar.sentence)
        return self

    def require_password(self, now: datetime) -> "User":
        """Return the user, or raise AccountInactiveError if a password no longer signs them in.

        A user with a Clerk account signs in with Clerk only.
        """
        if self.deleted_at or self.clerk_user_id is not None:
            raise AccountInactiveError
        return self.require_active(now)


def new_user(
    email: str, now: datetime, *, account: ClerkUserId | None = None, full_name: str | None = None
) -> User:
    """Return a new user: on the free tier, without an invite yet."""
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
    """The operators, by account id."""

    ids: frozenset[str]

    def require(self, user: User, *, impersonator: str | None = None) -> None:
        """Raise AdminRequiredError for anybody else, and who only acts as one."""
        if impersonator or user.clerk_user_id not in self.ids:
            raise AdminRequiredError


@dataclass(frozen=True, slots=True)
class Overview:
    """A user with their number of portfolios."""

    user: User
    portfolio_count: int = 0
    default_portfolio: UUID | None = None
    """The oldest active portfolio."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A primary email address as of an instant; the later one is greater.

    Equal instants are ordered by content, so that the order of arrival never decides.
    """

    known_at: datetime
    email: str
    verified: bool


@dataclass(frozen=True, slots=True, order=True)
class FullName:
    """A name as of an instant; ordered like addresses."""

    known_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether Clerk lets an account in, as of an instant."""

    known_at: datetime
    bar: Bar | None = None

    def __lt__(self, other: "Standing") -> bool:
        return self._precedence < other._precedence

    @property
    def _precedence(self) -> tuple[datetime, str, datetime]:
        until = self.bar and self.bar.until
        return self.known_at, self.bar.kind if self.bar else "", until or self.known_at


@dataclass(frozen=True, slots=True)
class Profile:
    """A Clerk account's profile as of one instant; any part may be missing."""

    address: Address | None = None
    name: FullName | None = None
    standing: Standing | None = None

    def bounded(self, latest: datetime) -> "Profile":
        """Return the profile, no part of it known later than that."""

        def at(known_at: datetime) -> datetime:
            return min(known_at, latest)

        address, name, standing = self.address, self.name, self.standing
        return Profile(
            address and replace(address, known_at=at(address.known_at)),
            name and replace(name, known_at=at(name.known_at)),
            standing and replace(standing, known_at=at(standing.known_at)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkAccount:
    """What is known of a Clerk account, whether it has a user yet or not.

    Its parts are merged separately: a profile that lacks one leaves it unchanged.
    """

    id: ClerkUserId
    address: Address | None = None
    name: FullName | None = None
    standing: Standing | None = None
    deleted_at: datetime | None = None

    def with_profile(self, profile: Profile) -> "ClerkAccount":
        """Return the account with the newer of each part."""
        return replace(
            self,
            address=max(filter(None, (self.address, profile.address)), default=None),
            name=max(filter(None, (self.name, profile.name)), default=None),
            standing=max(filter(None, (self.standing, profile.standing)), default=None),
        )

    def deleted(self, at: datetime) -> "ClerkAccount":
        """Mark the account as deleted for good: no later event restores it."""
        return replace(self, deleted_at=at if self.deleted_at is None else min(at, self.deleted_at))


class Users(Protocol):
    """Users for changing: each is locked until the transaction ends."""

    @abstractmethod
    async def with_account(self, account: ClerkUserId) -> User | None:
        """Return the account's user."""

    @abstractmethod
    async def lock(self, user: UserId) -> User | None:
        """Return the user of that id."""

    @abstractmethod
    async def with_email(self, email: str) -> User | None:
        """Return the undeleted user with that address, case-insensitively."""

    @abstractmethod
    async def put(self, user: User) -> None:
        """Store a user: of an existing one the account, address, name, activity and tier."""


class ClerkAccounts(Protocol):
    """Every Clerk account ever seen."""

    @abstractmethod
    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        """Return what is known, locked until the transaction ends."""

    @abstractmethod
    async def put(self, account: ClerkAccount) -> None:
        """Store what is known."""

    @abstractmethod
    async def waiting_for_email(self, email: str) -> Sequence[ClerkUserId]:
        """Return the accounts with this address whose users do not have it yet."""
