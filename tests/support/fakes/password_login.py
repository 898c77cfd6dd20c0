"""Password accounts, login attempts and password hashes in memory."""

from datetime import datetime

from sigmasight.domain.identity.password_login import (
    LoginAttempts,
    PasswordAccount,
    PasswordAccounts,
    PasswordCheck,
    Passwords,
)
from sigmasight.domain.identity.users import (
    User,
)
from sigmasight.domain.kernel import UserId
from tests.support.fakes.identity import InMemoryUsers
from tests.support.fakes.store import InMemoryStore


class InMemoryPasswordAccounts(PasswordAccounts):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def with_email(self, email: str) -> PasswordAccount | None:
        for user in self._store.users.values():
            if user.deleted_at is None and user.email.lower() == email.lower():
                return PasswordAccount(
                    id=user.id,
                    hashed_password=self._store.passwords.get(user.id),
                    clerk_user_id=user.clerk_user_id,
                    is_active=user.is_active,
                )
        return None

    async def add(self, user: User, hashed_password: str) -> None:
        await InMemoryUsers(self._store).put(user)
        self._store.passwords[user.id] = hashed_password

    async def rehash(self, user: UserId, known: str, better: str) -> None:
        if self._store.passwords.get(user) == known:
            self._store.passwords[user] = better


class InMemoryLoginAttempts(LoginAttempts):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def record(self, email: str, at: datetime, *, since: datetime, most: int) -> bool:
        recent = self._since(email, since)
        if len(recent) >= most:
            return False
        self._store.logins[email.lower()] = (*recent, at)
        return True

    async def first_since(self, email: str, *, since: datetime) -> datetime | None:
        return min(self._since(email, since), default=None)

    async def clear(self, email: str) -> None:
        self._store.logins.pop(email.lower(), None)

    async def prune(self, before: datetime) -> None:
        kept = {key: at for key, at in self._store.logins.items() if max(at) > before}
        self._store.logins = kept

    def _since(self, email: str, since: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self._store.logins.get(email.lower(), ()) if at > since)


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
