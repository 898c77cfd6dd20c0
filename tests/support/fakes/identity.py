"""Users, their Clerk accounts and callers in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sigmasight.domain.identity.api_keys import ApiKey, KeyReference
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.sessions import SessionEndedError
from sigmasight.domain.identity.sign_out import EndedSessions
from sigmasight.domain.identity.users import (
    ClerkAccount,
    ClerkAccounts,
    Overview,
    User,
    Users,
)
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.fakes.store import InMemoryStore


class InMemoryUsers(Users):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def with_account(self, account: ClerkUserId) -> User | None:
        return self._store.user_of(account)

    async def lock(self, user: UserId) -> User | None:
        return self._store.users.get(user)

    async def with_email(self, email: str) -> User | None:
        holders = [
            user
            for user in self._store.users.values()
            if user.deleted_at is None and user.email.lower() == email.lower()
        ]
        return holders[0] if holders else None

    async def put(self, user: User) -> None:
        holder = None if user.deleted_at else await self.with_email(user.email)
        if holder is not None and holder.id != user.id:
            raise ValueError(f"Two users would have the address {user.email}.")
        known = self._store.users.get(user.id)
        if known is not None:
            user = replace(
                user,
                created_at=known.created_at,
                invite_validated=known.invite_validated,
                messages=known.messages,
            )
        self._store.users[user.id] = user


class InMemoryClerkAccounts(ClerkAccounts):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        return self._store.accounts.setdefault(account, ClerkAccount(id=account))

    async def put(self, account: ClerkAccount) -> None:
        self._store.accounts[account.id] = account

    async def waiting_for_email(self, email: str) -> Sequence[ClerkUserId]:
        waiting = [
            (account.address.known_at, account.id)
            for account in self._store.accounts.values()
            if account.address is not None
            and account.address.email.lower() == email.lower()
            and account.deleted_at is None
            and not self._has(account.id, email)
        ]
        return [account for _, account in sorted(waiting)]

    def _has(self, account: ClerkUserId, email: str) -> bool:
        user = self._store.user_of(account)
        return user is not None and user.email.lower() == email.lower()


class InMemoryCallers(Callers):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def find(self, who: ClerkUserId | UserId, session_id: str | None = None) -> User | None:
        if session_id in self._store.ended_sessions:
            raise SessionEndedError
        return self._store.users.get(who) if isinstance(who, UUID) else self._store.user_of(who)

    async def overview(
        self, who: ClerkUserId | UserId, session_id: str | None = None
    ) -> Overview | None:
        user = await self.find(who, session_id)
        if user is None:
            return None
        owned = self._store.portfolios_of(user.id)
        active = [portfolio.id for portfolio in owned if portfolio.terms.is_active]
        return Overview(user, len(owned), active[0] if active else None)

    async def with_key(self, key: KeyReference) -> tuple[User, ApiKey] | None:
        for known in self._store.api_keys.values():
            if known.user_id == key.user_id and known.digest == key.digest:
                return self._store.users[known.user_id], known
        return None

    async def overview_with_key(self, key: KeyReference) -> tuple[Overview, ApiKey] | None:
        holder = await self.with_key(key)
        if holder is None:
            return None
        overview = await self.overview(holder[0].id)
        assert overview
        return overview, holder[1]


class InMemoryEndedSessions(EndedSessions):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, session_id: str, *, until: datetime) -> None:
        known = self._store.ended_sessions
        known[session_id] = max(until, known.get(session_id, until))

    async def prune(self, before: datetime) -> None:
        known = self._store.ended_sessions
        for session_id in [each for each, until in known.items() if until < before]:
            del known[session_id]
