"""People, their accounts, sessions and passwords, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.password_login import (
    LoginAttempts,
    PasswordAccount,
    PasswordAccounts,
    PasswordCheck,
    Passwords,
)
from sigmasight.domain.identity.sessions import (
    FreshToken,
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    SessionEndedError,
    Sessions,
)
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    Callers,
    ClerkAccount,
    ClerkAccounts,
    Overview,
    Profile,
    User,
    Users,
)
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.unit.fakes import Memory


class InMemoryUsers(Users):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def with_account(self, account: ClerkUserId) -> User | None:
        return self._memory.user_of(account)

    async def lock(self, user: UserId) -> User | None:
        return self._memory.users.get(user)

    async def with_email(self, email: str) -> User | None:
        holders = [
            user
            for user in self._memory.users.values()
            if user.deleted_at is None and user.email.lower() == email.lower()
        ]
        return holders[0] if holders else None

    async def put(self, user: User) -> None:
        holder = None if user.deleted_at else await self.with_email(user.email)
        if holder is not None and holder.id != user.id:
            raise ValueError(f"Two users would have the address {user.email}.")
        known = self._memory.users.get(user.id)
        if known is not None:
            user = replace(
                user,
                created_at=known.created_at,
                invite_validated=known.invite_validated,
                messages=known.messages,
            )
        self._memory.users[user.id] = user


class InMemoryClerkAccounts(ClerkAccounts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        return self._memory.accounts.setdefault(account, ClerkAccount(id=account))

    async def put(self, account: ClerkAccount) -> None:
        self._memory.accounts[account.id] = account

    async def waiting_for_email(self, email: str) -> Sequence[ClerkUserId]:
        waiting = [
            (account.address.known_at, account.id)
            for account in self._memory.accounts.values()
            if account.address is not None
            and account.address.email.lower() == email.lower()
            and account.deleted_at is None
            and not self._has(account.id, email)
        ]
        return [account for _, account in sorted(waiting)]

    def _has(self, account: ClerkUserId, email: str) -> bool:
        user = self._memory.user_of(account)
        return user is not None and user.email.lower() == email.lower()


class InMemoryCallers(Callers):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, who: ClerkUserId | UserId) -> User | None:
        return self._memory.users.get(who) if isinstance(who, UUID) else self._memory.user_of(who)

    async def overview(self, who: ClerkUserId | UserId) -> Overview | None:
        user = await self.find(who)
        if user is None:
            return None
        owned = self._memory.portfolios_of(user.id)
        active = [portfolio.id for portfolio in owned if portfolio.terms.is_active]
        return Overview(user, len(owned), active[0] if active else None)


class InMemoryPasswordAccounts(PasswordAccounts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def with_email(self, email: str) -> PasswordAccount | None:
        for user in self._memory.users.values():
            if user.deleted_at is None and user.email.lower() == email.lower():
                return PasswordAccount(
                    id=user.id,
                    hashed_password=self._memory.passwords.get(user.id),
                    clerk_user_id=user.clerk_user_id,
                    is_active=user.is_active,
                )
        return None

    async def add(self, user: User, hashed_password: str) -> None:
        await InMemoryUsers(self._memory).put(user)
        self._memory.passwords[user.id] = hashed_password

    async def rehash(self, user: UserId, known: str, better: str) -> None:
        if self._memory.passwords.get(user) == known:
            self._memory.passwords[user] = better


class InMemoryLoginAttempts(LoginAttempts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record(self, email: str, at: datetime, *, since: datetime, most: int) -> bool:
        recent = self._since(email, since)
        if len(recent) >= most:
            return False
        self._memory.logins[email.lower()] = (*recent, at)
        return True

    async def first_since(self, email: str, *, since: datetime) -> datetime | None:
        return min(self._since(email, since), default=None)

    async def clear(self, email: str) -> None:
        self._memory.logins.pop(email.lower(), None)

    async def prune(self, before: datetime) -> None:
        kept = {key: at for key, at in self._memory.logins.items() if max(at) > before}
        self._memory.logins = kept

    def _since(self, email: str, since: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self._memory.logins.get(email.lower(), ()) if at > since)


class FakePasswords(Passwords):
    """Hides nothing, and remembers what was compared with what.

    `new:secret` is what it keeps of a password now, `old:secret` what it kept once.
    """

    def __init__(self) -> None:
        self.verified: list[tuple[str, str | None]] = []
        self.hashed: list[str] = []

    async def hash(self, password: str) -> str:
        self.hashed.append(password)
        return f"new:{password}"

    async def verify(self, password: str, hashed: str | None) -> PasswordCheck:
        self.verified.append((password, hashed))
        if hashed == f"old:{password}":
            return PasswordCheck(right=True, replacement=await self.hash(password))
        return PasswordCheck(right=hashed == f"new:{password}")


class FakeIdentityProvider(IdentityProvider):
    """Knows the profiles it is given and no others; closed, it answers nobody."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.profiles: dict[ClerkUserId, Profile] = {}
        self.is_open = is_open
        self.is_down = False
        self.asked_for: list[ClerkUserId] = []

    async def profile(self, account: ClerkUserId) -> Profile | None:
        self.asked_for.append(account)
        if not self.is_open:
            return None
        if self.is_down:
            raise IdentityProviderUnavailableError
        if account not in self.profiles:
            raise AccountInactiveError
        return self.profiles[account]


class FakeSessions(Sessions):
    """Knows the sessions that began and have not been revoked; closed or down, it refuses."""

    def __init__(self, *began: str, is_open: bool = True) -> None:
        self.active = set(began)
        self.revoked: set[str] = set()
        self.is_open = is_open
        self.is_down = False
        self._tokens = 0

    async def revoke(self, session_id: str) -> None:
        self._require_answer()
        if session_id in self.active:
            self.active.remove(session_id)
            self.revoked.add(session_id)

    async def token(self, session_id: str) -> FreshToken:
        self._require_answer()
        if session_id not in self.active:
            raise SessionEndedError
        self._tokens += 1
        return FreshToken(f"token {self._tokens} of {session_id}", expires_in=60)

    def _require_answer(self) -> None:
        if not self.is_open:
            raise IdentityProviderClosedError
        if self.is_down:
            raise IdentityProviderUnavailableError
