"""The identity provider's accounts, as ports."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sigmasight.domain.identity.users import Profile
from sigmasight.domain.kernel import ClerkUserId, ConflictError, UserId


class AccountCreationRefusedError(ConflictError):
    """The identity provider refused to create an account, for the reason it gives."""

    code = "enrolment_refused"


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An account as the identity provider has it now."""

    account: ClerkUserId
    profile: Profile
    external_id: str | None = None
    """Our user id, if we created the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A user to create an account for; the address counts as verified."""

    id: UserId
    email: str
    full_name: str | None
    hashed_password: str | None


class IdentityProvider(Protocol):
    """The identity provider, as requests use it."""

    @abstractmethod
    async def profile(self, account: ClerkUserId) -> Profile | None:
        """Return an account's profile; None without a secret key.

        Raise AccountInactiveError for an unknown account, and
        IdentityProviderUnavailableError when it does not answer.
        """


class AccountDirectory(Protocol):
    """The identity provider, as operators' commands use it.

    Everything here raises IdentityProviderUnavailableError when it does not answer, and
    IdentityProviderClosedError without a secret key.
    """

    @abstractmethod
    async def count(self) -> int:
        """Return how many accounts there are."""

    @abstractmethod
    def pages(self, after: ClerkUserId | None = None) -> AsyncIterator[Sequence[ProviderAccount]]:
        """Iterate over all accounts, oldest first; after one of them if it is given."""

    @abstractmethod
    async def existing(self, accounts: Sequence[ClerkUserId]) -> frozenset[ClerkUserId]:
        """Return which of these exist."""

    @abstractmethod
    async def with_email(self, email: str) -> Sequence[ProviderAccount]:
        """Return the accounts that have this address, primary or not."""

    @abstractmethod
    async def create_account(self, newcomer: NewAccount) -> ProviderAccount:
        """Create an account, or raise AccountCreationRefusedError."""
