"""The user directory in memory, and Clerk's account directory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from sigmasight.domain.billing import FOREVER
from sigmasight.domain.identity.administration import UserDirectory, UserFilter, state_of
from sigmasight.domain.identity.identity_provider import (
    AccountCreationRefusedError,
    AccountDirectory,
    NewAccount,
    ProviderAccount,
)
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from sigmasight.domain.identity.users import Address, FullName, Profile, User
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.builders.instants import NOON
from tests.support.fakes.store import InMemoryStore


class InMemoryUserDirectory(UserDirectory):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def find(self, reference: str) -> User | None:
        try:
            return self._store.users.get(UserId(UUID(reference)))
        except ValueError:
            pass
        if "@" not in reference:
            return self._store.user_of(ClerkUserId(reference))
        holders = [
            user for user in self._store.users.values() if user.email.lower() == reference.lower()
        ]
        return max(holders, key=lambda user: user.deleted_at or FOREVER, default=None)

    async def page(
        self,
        after: UserId | None,
        limit: int,
        *,
        unlinked: bool = False,
        wanted: UserFilter | None = None,
    ) -> Sequence[User]:
        found = [
            user
            for user_id, user in sorted(self._store.users.items())
            if (after is None or user_id > after)
            and (not unlinked or _is_unlinked(user))
            and (wanted is None or _is_wanted(user, wanted))
        ]
        return found[:limit]

    async def linked(self, after: ClerkUserId | None, limit: int) -> Sequence[User]:
        found = {
            user.clerk_user_id: user
            for user in self._store.users.values()
            if user.deleted_at is None and user.clerk_user_id and user.clerk_user_id > (after or "")
        }
        return [found[account] for account in sorted(found)][:limit]

    async def with_accounts(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        found = {account: self._store.user_of(account) for account in accounts}
        return {account: user for account, user in found.items() if user}

    async def hashed_password(self, user: UserId) -> str | None:
        return self._store.passwords.get(user)


def _is_wanted(user: User, wanted: UserFilter) -> bool:
    texts = (user.email, user.full_name or "", user.clerk_user_id or "")
    return (
        any((wanted.search or "").lower() in text.lower() for text in texts)
        and wanted.tier in {None, user.subscription.at(wanted.now).tier}
        and wanted.state in {None, state_of(user, wanted.now)}
    )


def _is_unlinked(user: User) -> bool:
    return user.clerk_user_id is None and user.deleted_at is None and user.is_active


class FakeAccountDirectory(AccountDirectory):
    """Has the given and the created accounts; closed or down, it refuses."""

    def __init__(self, *entries: ProviderAccount) -> None:
        self.entries = {entry.account: entry for entry in entries}
        self.others: dict[ClerkUserId, str] = {}
        """Addresses that accounts have besides their primary ones."""
        self.enrolled: list[NewAccount] = []
        self.unwelcome: set[str] = set()
        """Addresses it makes no account for."""
        self.silent_about: set[str] = set()
        """Addresses it does not answer questions about."""
        self.is_open = True
        self.is_down = False
        self.loses_answers = False
        """Whether it creates accounts but fails to respond."""

    async def count(self) -> int:
        self._require_answer()
        return len(self.entries)

    async def pages(
        self, after: ClerkUserId | None = None
    ) -> AsyncIterator[Sequence[ProviderAccount]]:
        entries = list(self.entries.values())
        start = 0 if after is None else list(self.entries).index(after) + 1
        for at in range(start, len(entries), 2):
            self._require_answer()
            yield entries[at : at + 2]

    async def existing(self, accounts: Sequence[ClerkUserId]) -> frozenset[ClerkUserId]:
        self._require_answer()
        return frozenset(accounts) & self.entries.keys()

    async def with_email(self, email: str) -> Sequence[ProviderAccount]:
        self._require_answer(email)
        return [entry for entry in self.entries.values() if self._has(entry, email)]

    async def create_account(self, newcomer: NewAccount) -> ProviderAccount:
        self._require_answer(newcomer.email)
        if newcomer.email in self.unwelcome or any(
            entry.external_id == str(newcomer.id) or self._has(entry, newcomer.email)
            for entry in self.entries.values()
        ):
            raise AccountCreationRefusedError(f"Clerk wants nobody called {newcomer.email}.")
        self.enrolled.append(newcomer)
        account = ClerkUserId(f"user_enrolled_{len(self.enrolled)}")
        profile = Profile(
            Address(NOON, newcomer.email, verified=True),
            FullName(NOON, newcomer.full_name) if newcomer.full_name else None,
        )
        self.entries[account] = ProviderAccount(account, profile, str(newcomer.id))
        if self.loses_answers:
            raise IdentityProviderUnavailableError
        return self.entries[account]

    def _has(self, entry: ProviderAccount, email: str) -> bool:
        address = entry.profile.address
        primary = address.email if address else ""
        return email.lower() in {primary.lower(), self.others.get(entry.account, "").lower()}

    def _require_answer(self, email: str | None = None) -> None:
        if not self.is_open:
            raise IdentityProviderClosedError
        if self.is_down or email in self.silent_about:
            raise IdentityProviderUnavailableError
