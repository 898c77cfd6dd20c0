"""The identity provider's own register of people, asked by us."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sigmasight.domain.identity.users import Profile
from sigmasight.domain.kernel import ClerkUserId, ConflictError, UserId


class AccountCreationRefusedError(ConflictError):
    """The identity provider would not make an account, for the reason it gives."""

    code = "enrolment_refused"


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An account as the identity provider has it now."""

    account: ClerkUserId
    profile: Profile
    external_id: str | None = None
    """Our id of the user, where the account was made by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A user of ours who shall have an account: their address counts as verified."""

    id: UserId
    email: str
    full_name: str | None
    hashed_password: str | None


class IdentityProvider(Protocol):
    """What every request may ask the identity provider."""

    @abstractmethod
    async def profile(self, account: ClerkUserId) -> Profile | None:
        """Return what it says of somebody; None where we may not ask.

        Raise AccountInactiveError for somebody it does not know, and
        IdentityProviderUnavailableError when it does not answer.
        """
        raise NotImplementedError


class AccountDirectory(Protocol):
    """What operators ask the identity provider.

    Everything here raises IdentityProviderUnavailableError when it does not answer, and
    IdentityProviderClosedError where we may not ask.
    """

    @abstractmethod
    async def count(self) -> int:
        """Return how many accounts there are."""
        raise NotImplementedError

    @abstractmethod
    def pages(self, after: ClerkUserId | None = None) -> AsyncIterator[Sequence[ProviderAccount]]:
        """Go through all accounts, the oldest first, from behind one of them if it is named."""
        raise NotImplementedError

    @abstractmethod
    async def existing(self, accounts: Sequence[ClerkUserId]) -> frozenset[ClerkUserId]:
        """Return which of these exist."""
        raise NotImplementedError

    @abstractmethod
    async def with_email(self, email: str) -> Sequence[ProviderAccount]:
        """Return the accounts that have this address, primary or not."""
        raise NotImplementedError

    @abstractmethod
    async def create_account(self, newcomer: NewAccount) -> ProviderAccount:
        """Make an account, or raise AccountCreationRefusedError."""
        raise NotImplementedError
