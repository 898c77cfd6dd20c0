"""What operators do about people: look them up, link them by hand, deactivate them."""

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
"""What an operator may call a Clerk account: without a secret key, nobody else checks it."""


class UserNotFoundError(NotFoundError):
    code = "user_not_found"

    def __init__(self, reference: object) -> None:
        super().__init__(
            f"There is no user {reference}: give a user id, an account id or an email address."
        )


class LinkRefusedError(ConflictError):
    """The user, or the Clerk account, is gone, unknown, or belongs to another one already."""

    code = "link_refused"


class UserDirectory(Protocol):
    """Users as operators look at them; nothing here is locked."""

    @abstractmethod
    async def find(self, reference: str) -> User | None:
        """Return the user of that id, Clerk id or address; of an address, who has it now."""
        raise NotImplementedError

    @abstractmethod
    async def page(
        self, after: UserId | None, limit: int, *, unlinked: bool = False
    ) -> Sequence[User]:
        """Return those behind a user in the order of ids; `unlinked`: active, without Clerk."""
        raise NotImplementedError

    @abstractmethod
    async def linked(self, after: ClerkUserId | None, limit: int) -> Sequence[User]:
        """Return those who have a Clerk account and are not deleted, in the order of its id."""
        raise NotImplementedError

    @abstractmethod
    async def with_accounts(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        """Return the users of these Clerk accounts, deleted or not."""
        raise NotImplementedError

    @abstractmethod
    async def hashed_password(self, user: UserId) -> str | None:
        """Return what is kept of the user's password."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class FindUsers:
    """Find users for whoever runs the system."""

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
    """Tie a user to a Clerk account on an operator's word, whatever their addresses are."""

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
            told = await self.directory.profile(account)
        except AccountInactiveError as error:
            raise LinkRefusedError(f"The identity provider has no account {account}.") from error
        return await self.link(user, account, told)

    @atomic
    async def link(self, user: UserId, account: ClerkUserId, told: Profile | None) -> User:
        """Do the same for an account that is known to exist, and of which Clerk told this."""
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
        linked = replace(found, clerk_user_id=account)
        await self.users.put(linked)
        if told:
            known = known.with_profile(told)
            await self.accounts.put(known)
        settled = await self.sync_user(known)
        return linked if isinstance(settled, SyncFailure) else settled


@dataclass(frozen=True, slots=True)
class DeactivateUser:
    """Sign somebody out for good; their data stays."""

    users: Users
    transaction: Transaction

    @atomic
    async def __call__(self, user: UserId) -> User:
        """Return the user as they are now, or raise UserNotFoundError."""
        found = await self.users.lock(user)
        if found is None:
            raise UserNotFoundError(user)
        inactive = replace(found, is_active=False)
        await self.users.put(inactive)
        return inactive
