"""User administration: finding, linking and deactivating users."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.provisioning import SyncFailure, SyncUser
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    ClerkAccounts,
    Profile,
    User,
    Users,
)
from sigmasight.domain.kernel import (
    ClerkUserId,
    ConflictError,
    NotFoundError,
    Transaction,
    UserId,
    atomic,
)

ACCOUNT_ID: Final = re.compile(r"user_[!-~]{1,250}")
"""The form of an account id: without a secret key, nothing else checks it."""


class UserNotFoundError(NotFoundError):
    code = "user_not_found"

    def __init__(self, reference: object) -> None:
        super().__init__(
            f"There is no user {reference}: give a user id, an account id or an email address."
        )


class LinkRefusedError(ConflictError):
    """The user or the account is deleted, unknown, or linked to another one."""

    code = "link_refused"


class UserDirectory(Protocol):
    """Users as operators read them; no method locks a row."""

    @abstractmethod
    async def find(self, reference: str) -> User | None:
        """Return the user of that id, account id or current email address."""

    @abstractmethod
    async def page(
        self, after: UserId | None, limit: int, *, unlinked: bool = False
    ) -> Sequence[User]:
        """Return users after that one by id; `unlinked`: active ones without an account."""

    @abstractmethod
    async def linked(self, after: ClerkUserId | None, limit: int) -> Sequence[User]:
        """Return undeleted users with an account, ordered by the account's id."""

    @abstractmethod
    async def with_accounts(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        """Return the users of these Clerk accounts, deleted or not."""

    @abstractmethod
    async def hashed_password(self, user: UserId) -> str | None:
        """Return the hash of the user's password, if any."""


@dataclass(frozen=True, slots=True)
class FindUsers:
    """Find users for operators."""

    people: UserDirectory
    subscriptions: Subscriptions
    transaction: Transaction

    @atomic
    async def one(self, reference: str) -> User:
        """Raise UserNotFoundError."""
        user = await self.people.find(reference)
        if user is None:
            raise UserNotFoundError(reference)
        return user

    @atomic
    async def page(
        self, after: UserId | None, limit: int, *, unlinked: bool = False
    ) -> Sequence[User]:
        return await self.people.page(after, limit, unlinked=unlinked)

    @atomic
    async def items(self, user: User) -> Sequence[SubscriptionItem]:
        """Return what is known of the user's subscription."""
        return await self.subscriptions.items(user.clerk_user_id) if user.clerk_user_id else []


@dataclass(frozen=True, slots=True)
class LinkUser:
    """Link a user to an account by an operator, regardless of addresses."""

    users: Users
    accounts: ClerkAccounts
    directory: IdentityProvider
    sync_user: SyncUser
    transaction: Transaction

    async def __call__(self, user: UserId, account: ClerkUserId) -> User:
        """Raise UserNotFoundError, or LinkRefusedError."""
        if not ACCOUNT_ID.fullmatch(account):
            raise LinkRefusedError(f"{account} is not an account id: these begin with user_.")
        try:
            profile = await self.directory.profile(account)
        except AccountInactiveError as error:
            raise LinkRefusedError(f"The identity provider has no account {account}.") from error
        return await self.link(user, account, profile)

    @atomic
    async def link(self, user: UserId, account: ClerkUserId, profile: Profile | None) -> User:
        """Link an account that is known to exist, with the profile just read."""
        known = await self.accounts.lock(account)
        holder = await self.users.with_account(account)
        found = await self.users.lock(user)
        if found is None:
            raise UserNotFoundError(user)
        if holder and holder.id != user:
            raise LinkRefusedError(f"{account} belongs to user {holder.id} already.")
        if found.clerk_user_id not in {None, account}:
            raise LinkRefusedError(f"The user is linked to {found.clerk_user_id} already.")
        if found.deleted_at or known.deleted_at:
            raise LinkRefusedError("The user or the account is deleted.")
        linked = replace(found, clerk_user_id=account, address_proved=True)
        await self.sync_user.put(found, linked)
        if profile:
            known = known.with_profile(profile)
            await self.accounts.put(known)
        settled = await self.sync_user(known)
        return linked if isinstance(settled, SyncFailure) else settled


@dataclass(frozen=True, slots=True)
class DeactivateUser:
    """Deactivate a user; the data stays."""

    users: Users
    transaction: Transaction

    @atomic
    async def __call__(self, user: UserId) -> User:
        """Return the user as now stored, or raise UserNotFoundError."""
        found = await self.users.lock(user)
        if found is None:
            raise UserNotFoundError(user)
        inactive = replace(found, is_active=False)
        await self.users.put(inactive)
        return inactive
