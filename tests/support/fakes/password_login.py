"""Password accounts, known networks and password hashes in memory."""

from datetime import datetime

from sigmasight.domain.access.attempts import ClientNetwork
from sigmasight.domain.identity.password_login import (
    MAX_NETWORKS,
    KnownNetworks,
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


class InMemoryKnownNetworks(KnownNetworks):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def includes(self, email: str, network: ClientNetwork) -> bool:
        user = await InMemoryUsers(self._store).with_email(email)
        return user is not None and network in self._store.networks.get(user.id, {})

    async def add(self, user: UserId, network: ClientNetwork, at: datetime) -> None:
        known = self._store.networks.get(user, {})
        known = {**known, network: max(at, known.get(network, at))}
        latest = sorted(known.items(), key=lambda each: (-each[1].timestamp(), each[0]))
        self._store.networks[user] = dict(latest[:MAX_NETWORKS])


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
