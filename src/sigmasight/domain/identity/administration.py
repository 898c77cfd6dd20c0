"""User administration: finding, linking and deactivating users."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.identity.users import (
    User,
)
from sigmasight.domain.kernel import (
    ClerkUserId,
    NotFoundError,
    Transaction,
    UserId,
    atomic,
)


class UserNotFoundError(NotFoundError):
    code = "user_not_found"

    def __init__(self, reference: object) -> None:
        super().__init__(
            f"There is no user {reference}: give a user id, an account id or an email address."
        )


class UserState(StrEnum):
    """What a user may do: a barred one is banned or locked by Clerk."""

    ACTIVE = "active"
    BARRED = "barred"
    INACTIVE = "inactive"
    """Deactivated by an operator."""
    DELETED = "deleted"


def state_of(user: User, now: datetime) -> UserState:
    if user.deleted_at:
        return UserState.DELETED
    if not user.is_active:
        return UserState.INACTIVE
    return UserState.BARRED if user.bar and user.bar.applies_at(now) else UserState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users to list, as of an instant."""

    now: datetime
    search: str | None = None
    """Part of an address, a name or an account id, in any case."""
    tier: Tier | None = None
    state: UserState | None = None


class UserDirectory(Protocol):
    """Users as operators read them; no method locks a row."""

    @abstractmethod
    async def find(self, reference: str) -> User | None:
        """Return the user of that id, account id or email address.

        A deleted user is found by their address while nobody else has it; of several, the last.
        """

    @abstractmethod
    async def page(
        self,
        after: UserId | None,
        limit: int,
        *,
        unlinked: bool = False,
        wanted: UserFilter | None = None,
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
        self,
        after: UserId | None,
        limit: int,
        *,
        unlinked: bool = False,
        wanted: UserFilter | None = None,
    ) -> Sequence[User]:
        return await self.people.page(after, limit, unlinked=unlinked, wanted=wanted)

    @atomic
    async def items(self, user: User) -> Sequence[SubscriptionItem]:
        """Return what is known of the user's subscription."""
        return await self.subscriptions.items(user.clerk_user_id) if user.clerk_user_id else []
