"""Ann, who has a password, and the use cases of password login."""

from typing import Any

import pytest

from sigmasight.domain.access.attempts import ClientNetwork
from sigmasight.domain.identity.password_login import (
    CredentialsInvalidError,
    LogInWithPassword,
    PasswordCheck,
    PasswordSessionTokens,
    RegisterWithPassword,
)
from sigmasight.domain.identity.sessions import FreshToken
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import UserId
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.access import InMemoryAttempts
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.password_login import (
    FakePasswords,
    InMemoryKnownNetworks,
    InMemoryPasswordAccounts,
)
from tests.support.fakes.store import InMemoryStore

EMAIL = "ann@example.com"

SECRET = "correct horse"  # noqa: S105

STRANGER = "nobody@example.com"
NETWORK = ClientNetwork("192.0.2.1")


class FakeTokens(PasswordSessionTokens):
    def issue(self, user: UserId) -> FreshToken:
        return FreshToken(f"token of {user}", 3600)


class PasswordsOutsideTransaction(FakePasswords):
    """Fails if a transaction is open while hashing."""

    def __init__(self, transaction: ImmediateTransaction) -> None:
        super().__init__()
        self._transaction = transaction

    async def hash(self, password: str) -> str:
        assert not self._transaction.is_open
        return await super().hash(password)

    async def verify(self, password: str, hashed: str | None) -> PasswordCheck:
        assert not self._transaction.is_open
        return await super().verify(password, hashed)


class LoginWorkspace:
    """Ann, who has a password, and the use cases of password login."""

    def __init__(
        self,
        hashed: str | None = f"new:{SECRET}",
        transaction: type[ImmediateTransaction] = ImmediateTransaction,
        **about_ann: Any,
    ) -> None:
        ann = a_user(**{"clerk_user_id": None, **about_ann})
        self.store = InMemoryStore(
            users={ANNS_ID: ann}, passwords={} if hashed is None else {ANNS_ID: hashed}
        )
        self.clock = FixedClock(NOON)
        self.transaction = transaction(self.store)
        self.passwords = PasswordsOutsideTransaction(self.transaction)
        accounts = InMemoryPasswordAccounts(self.store)
        self.log_in_from = LogInWithPassword(
            accounts,
            InMemoryKnownNetworks(self.store),
            InMemoryAttempts(self.store),
            self.passwords,
            FakeTokens(),
            self.clock,
            self.transaction,
        )
        self.register_from = RegisterWithPassword(
            accounts,
            InMemoryAttempts(self.store),
            self.passwords,
            self.clock,
            self.transaction,
        )

    async def log_in(
        self, email: str, password: str, network: ClientNetwork = NETWORK
    ) -> FreshToken:
        return await self.log_in_from(email, password, network=network)

    async def register(
        self, email: str, password: str, full_name: str, network: ClientNetwork = NETWORK
    ) -> User:
        return await self.register_from(email, password, full_name, network=network)

    async def fail(
        self, email: str = EMAIL, times: int = 1, network: ClientNetwork = NETWORK
    ) -> None:
        for _ in range(times):
            with pytest.raises(CredentialsInvalidError):
                await self.log_in(email, "wrong", network)

    def row(self) -> User:
        return self.store.users[ANNS_ID]
