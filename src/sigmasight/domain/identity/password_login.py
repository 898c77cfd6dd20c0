"""Password login: users of the original system, without Clerk."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from sigmasight.domain.access.attempts import (
    MAX_BY_ACCOUNT,
    MAX_BY_NETWORK,
    Attempts,
    ClientNetwork,
    count_attempt,
)
from sigmasight.domain.identity.sessions import FreshToken
from sigmasight.domain.identity.users import EmailConflictError, User, email_address, new_user
from sigmasight.domain.kernel import (
    ClerkUserId,
    Clock,
    FieldError,
    QuotaError,
    Transaction,
    UnauthenticatedError,
    UserId,
    ValidationFailedError,
    atomic,
)

PASSWORD_LOGIN_ISSUER: Final = "https://legacy.sigmasight.io"  # noqa: S105
"""The issuer (`iss`) of our own tokens, never that of a Clerk instance."""
MIN_PASSWORD: Final = 8
MAX_NETWORKS: Final = 20
"""Remembered of each user."""
MAX_PASSWORD: Final = 1024
"""In characters. Older passwords may be shorter than the minimum."""


class CredentialsInvalidError(UnauthenticatedError):
    """The same for every failure, so that it does not reveal who has an account."""

    code = "credentials_invalid"

    def __init__(self) -> None:
        super().__init__("Email address or password is wrong.")


class TooManyLoginAttemptsError(QuotaError):
    code = "too_many_login_attempts"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many attempts to sign in. Wait a few minutes, then try again.")
        self.retry_after = retry_after.total_seconds()


class TooManyRegistrationsError(QuotaError):
    code = "too_many_registrations"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many accounts were registered from your network. Try again later.")
        self.retry_after = retry_after.total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAccount:
    """A user as login needs them."""

    id: UserId
    hashed_password: str | None
    clerk_user_id: ClerkUserId | None
    is_active: bool

    @property
    def usable_hash(self) -> str | None:
        """The hash to verify against; None if no password signs this user in.

        Once a Clerk account is linked, only Clerk signs in: who registered an address
        that was not theirs loses access when its owner signs in.
        """
        return self.hashed_password if self.is_active and self.clerk_user_id is None else None


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password is right, and a stronger hash to store if there is one."""

    right: bool
    replacement: str | None = None


class Passwords(Protocol):
    """Hashes passwords; hashing and verifying is slow on purpose."""

    @abstractmethod
    async def hash(self, password: str) -> str:
        """Return the hash of a new password."""

    @abstractmethod
    async def verify(self, password: str, hashed: str | None) -> PasswordCheck:
        """Verify against a hash; a missing or invalid one is wrong, at the same cost."""


class PasswordAccounts(Protocol):
    """Users with a password. No method locks a row before it writes it."""

    @abstractmethod
    async def with_email(self, email: str) -> PasswordAccount | None:
        """Return the undeleted user with that address, case-insensitively."""

    @abstractmethod
    async def add(self, user: User, hashed_password: str) -> None:
        """Store a new user. If the address has been taken meanwhile, the transaction runs again."""

    @abstractmethod
    async def rehash(self, user: UserId, known: str, better: str) -> None:
        """Replace that hash by a stronger one, unless it has changed meanwhile."""


class KnownNetworks(Protocol):
    """The networks from which users have signed in, the latest of each user."""

    @abstractmethod
    async def includes(self, email: str, network: ClientNetwork) -> bool:
        """Return whether the user with that address has signed in from there."""

    @abstractmethod
    async def add(self, user: UserId, network: ClientNetwork, at: datetime) -> None:
        """Remember a network; only the latest of a user are remembered."""


class PasswordSessionTokens(Protocol):
    """Session tokens we sign ourselves."""

    @abstractmethod
    def issue(self, user: UserId) -> FreshToken:
        """Return a token that is valid from now on."""


@dataclass(frozen=True, slots=True)
class LogInWithPassword:
    """Issue a session token for an address and its password.

    Wrong passwords are counted by the client's network, over all addresses, and by address. A
    user has a count of their own in a network from which they have signed in before, so that
    strangers lock nobody out, not even those who share that network or seem to. No lock is held
    and no transaction is open while the password is verified.
    """

    accounts: PasswordAccounts
    networks: KnownNetworks
    attempts: Attempts
    passwords: Passwords
    tokens: PasswordSessionTokens
    clock: Clock
    transaction: Transaction

    async def __call__(self, email: str, password: str, *, network: ClientNetwork) -> FreshToken:
        """Raise CredentialsInvalidError, or TooManyLoginAttemptsError.

        That is after ten attempts with an address, or 30 from a network, in 15 minutes.
        """
        address, began_at = _address(email), self.clock.now()
        by_account, by_network = await self._count(address, network, began_at)
        account = await self._look_up(address)
        door = account.usable_hash if account else None
        verdict = await self.passwords.verify(password, door)
        if account is None or door is None or not verdict.right:
            raise CredentialsInvalidError
        await self._welcome(account.id, network, began_at, clear=by_account, withdraw=by_network)
        if verdict.replacement is not None:
            await self._rehash(account.id, door, verdict.replacement)
        return self.tokens.issue(account.id)

    async def _count(
        self, email: str, network: ClientNetwork, now: datetime
    ) -> tuple[str, str | None]:
        """Count an attempt and return its keys, of the account and the network.

        Raise TooManyLoginAttemptsError if none is left.
        """
        known = await self._is_known(email, network)
        by_account = f"{email} from {network}" if known else email
        by_network = None if known else f"login from {network}"
        wait = None
        if by_network is not None:
            wait = await self._wait(by_network, now, most=MAX_BY_NETWORK)
        if wait is None:
            wait = await self._wait(by_account, now, most=MAX_BY_ACCOUNT)
        if wait is not None:
            raise TooManyLoginAttemptsError(wait)
        return by_account, by_network

    @atomic
    async def _is_known(self, email: str, network: ClientNetwork) -> bool:
        return await self.networks.includes(email, network)

    @atomic
    async def _wait(self, key: str, now: datetime, *, most: int) -> timedelta | None:
        """Count an attempt; return how long to wait if none is left."""
        return await count_attempt(self.attempts, key, now, self.clock, most=most)

    @atomic
    async def _look_up(self, email: str) -> PasswordAccount | None:
        return await self.accounts.with_email(email)

    @atomic
    async def _welcome(
        self,
        user: UserId,
        network: ClientNetwork,
        at: datetime,
        *,
        clear: str,
        withdraw: str | None,
    ) -> None:
        await self.attempts.clear(clear)
        if withdraw is not None:
            await self.attempts.withdraw(withdraw, at)
        await self.networks.add(user, network, at)

    @atomic
    async def _rehash(self, user: UserId, door: str, better: str) -> None:
        await self.accounts.rehash(user, door, better)


@dataclass(frozen=True, slots=True)
class RegisterWithPassword:
    """Register a user with a password: on the free tier, without an invite yet.

    Each costs a hash, so a client's network may register 30 times in 15 minutes.
    """

    accounts: PasswordAccounts
    attempts: Attempts
    passwords: Passwords
    clock: Clock
    transaction: Transaction

    async def __call__(
        self, email: str, password: str, full_name: str, *, network: ClientNetwork
    ) -> User:
        """Raise EmailConflictError for an address of another user, or TooManyRegistrationsError."""
        address = _address(email)
        wait = await self._count(f"registration from {network}", self.clock.now())
        if wait is not None:
            raise TooManyRegistrationsError(wait)
        await self._require_free(address)  # before the hash, which is slow
        return await self._enter(address, await self.passwords.hash(password), full_name)

    @atomic
    async def _count(self, key: str, now: datetime) -> timedelta | None:
        return await count_attempt(self.attempts, key, now, self.clock, most=MAX_BY_NETWORK)

    @atomic
    async def _require_free(self, email: str) -> None:
        if await self.accounts.with_email(email):
            raise EmailConflictError

    @atomic
    async def _enter(self, email: str, hashed_password: str, full_name: str) -> User:
        if await self.accounts.with_email(email):
            raise EmailConflictError
        user = replace(new_user(email, self.clock.now(), full_name=full_name), address_proved=False)
        await self.accounts.add(user, hashed_password)
        return user


def _address(email: str) -> str:
    address = email_address(email)
    if address is None:
        raise ValidationFailedError(FieldError("email", "Not an email address.", "invalid"))
    return address
