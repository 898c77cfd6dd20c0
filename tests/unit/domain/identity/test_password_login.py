"""Signing in with a password, and registering to."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.password_login import (
    CredentialsInvalidError,
    LogInWithPassword,
    PasswordCheck,
    PasswordSessionTokens,
    RegisterWithPassword,
    TooManyLoginAttemptsError,
)
from sigmasight.domain.identity.sessions import FreshToken
from sigmasight.domain.identity.users import EmailConflictError, User
from sigmasight.domain.kernel import UserId, ValidationFailedError
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import ANN, ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction, RacingTransaction
from tests.support.fakes.password_login import (
    FakePasswords,
    InMemoryLoginAttempts,
    InMemoryPasswordAccounts,
)
from tests.support.fakes.store import InMemoryStore

EMAIL, SECRET = "ann@example.com", "correct horse"
STRANGER = "nobody@example.com"


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
        self.log_in = LogInWithPassword(
            accounts,
            InMemoryLoginAttempts(self.store),
            self.passwords,
            FakeTokens(),
            self.clock,
            self.transaction,
        )
        self.register = RegisterWithPassword(accounts, self.passwords, self.clock, self.transaction)

    async def fail(self, email: str = EMAIL, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(CredentialsInvalidError):
                await self.log_in(email, "wrong")

    def row(self) -> User:
        return self.store.users[ANNS_ID]


class TestLoggingIn:
    @pytest.mark.parametrize("email", [EMAIL, " ann@example.com ", "ANN@Example.COM"])
    async def test_with_the_right_password_returns_a_token_of_that_user(self, email: str) -> None:
        workspace = LoginWorkspace()

        assert await workspace.log_in(email, SECRET) == FreshToken(f"token of {ANNS_ID}", 3600)

    async def test_leaves_a_current_hash_unchanged(self) -> None:
        workspace = LoginWorkspace()

        await workspace.log_in(EMAIL, SECRET)

        assert workspace.store.passwords == {ANNS_ID: f"new:{SECRET}"}

    async def test_upgrades_a_hash_of_the_original_system(self) -> None:
        workspace = LoginWorkspace(f"old:{SECRET}")

        await workspace.log_in(EMAIL, SECRET)

        assert workspace.store.passwords == {ANNS_ID: f"new:{SECRET}"}

    async def test_with_a_wrong_password_upgrades_nothing(self) -> None:
        workspace = LoginWorkspace(f"old:{SECRET}")

        await workspace.fail()

        assert workspace.store.passwords == {ANNS_ID: f"old:{SECRET}"}

    async def test_that_loses_a_race_takes_one_attempt_and_upgrades_once(self) -> None:
        workspace = LoginWorkspace(f"old:{SECRET}", transaction=RacingTransaction)
        await workspace.fail()
        assert len(workspace.store.logins[EMAIL]) == 1

        await workspace.log_in(EMAIL, SECRET)

        assert workspace.passwords.hashed == [SECRET]

    @pytest.mark.parametrize("email", ["", "ann", "@", "ann@", "a b@c", "ann@example.com\x00"])
    async def test_with_an_invalid_address_is_no_attempt(self, email: str) -> None:
        workspace = LoginWorkspace()

        with pytest.raises(ValidationFailedError, match="email"):
            await workspace.log_in(email, SECRET)

        assert workspace.store.logins == {}
        assert workspace.passwords.verified == []


class TestFailures:
    @pytest.mark.parametrize(
        ("workspace", "email", "password"),
        [
            (LoginWorkspace(), STRANGER, SECRET),
            (LoginWorkspace(), EMAIL, "wrong"),
            (LoginWorkspace(hashed=None), EMAIL, SECRET),
            (LoginWorkspace(is_active=False), EMAIL, SECRET),
            (LoginWorkspace(is_active=False, deleted_at=NOON), EMAIL, SECRET),
            (LoginWorkspace(clerk_user_id=ANN), EMAIL, SECRET),
            (LoginWorkspace(f"old:{SECRET}", clerk_user_id=ANN), EMAIL, SECRET),
            (LoginWorkspace("nonsense"), EMAIL, "nonsense"),
        ],
        ids=[
            *("unknown address", "wrong password", "no password", "inactive", "deleted"),
            *("linked to Clerk", "linked, old hash", "malformed hash"),
        ],
    )
    async def test_all_cost_one_comparison_and_look_the_same(
        self, workspace: LoginWorkspace, email: str, password: str
    ) -> None:
        with pytest.raises(CredentialsInvalidError) as refusal:
            await workspace.log_in(email, password)

        assert len(workspace.passwords.verified) == 1
        assert workspace.passwords.hashed == []
        assert str(refusal.value) == str(CredentialsInvalidError())
        assert refusal.value.details == {}

    async def test_of_accounts_without_a_usable_password_compare_with_the_dummy_hash(self) -> None:
        for workspace in (
            LoginWorkspace(is_active=False),
            LoginWorkspace(clerk_user_id=ANN),
            LoginWorkspace(hashed=None),
        ):
            await workspace.fail()

            assert workspace.passwords.verified == [("wrong", None)]


class TestTenAttemptsPerFifteenMinutesAndAccount:
    @pytest.mark.parametrize("email", [EMAIL, STRANGER], ids=["known", "unknown"])
    async def test_are_all_there_are_and_the_eleventh_must_wait(self, email: str) -> None:
        workspace = LoginWorkspace()
        await workspace.fail(email, times=10)

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await workspace.log_in(email, SECRET)

        assert refusal.value.retry_after == 900
        assert len(workspace.passwords.verified) == 10

    async def test_end_when_the_oldest_leaves_the_window(self) -> None:
        workspace = LoginWorkspace()
        await workspace.fail(times=4)
        workspace.clock.advance(5 * MINUTE)
        await workspace.fail(times=6)
        workspace.clock.advance(3 * MINUTE)

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await workspace.log_in(EMAIL, SECRET)
        workspace.clock.advance(timedelta(seconds=refusal.value.retry_after))

        assert refusal.value.retry_after == 7 * 60
        await workspace.fail(times=4)
        with pytest.raises(TooManyLoginAttemptsError):
            await workspace.log_in(EMAIL, SECRET)

    async def test_that_were_counted_while_one_waited_for_them_are_not_waited_for_longer(
        self,
    ) -> None:
        workspace = LoginWorkspace()
        workspace.store.logins[EMAIL] = (NOON + MINUTE,) * 10

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await workspace.log_in(EMAIL, SECRET)

        assert refusal.value.retry_after == 900

    async def test_of_which_the_oldest_leaves_just_now_are_refused_all_the_same(self) -> None:
        workspace = LoginWorkspace()
        await workspace.fail(times=10)
        instants = iter([NOON + 14 * MINUTE, NOON + 15 * MINUTE])

        class Running(FixedClock):
            def now(self) -> datetime:
                return next(instants)

        with pytest.raises(TooManyLoginAttemptsError):
            await replace(workspace.log_in, clock=Running(NOON))(EMAIL, SECRET)

    async def test_are_one_accounts_however_it_is_spelt(self) -> None:
        workspace = LoginWorkspace()
        for number in range(10):
            await workspace.fail(EMAIL.upper() if number % 2 else f" {EMAIL} ")

        with pytest.raises(TooManyLoginAttemptsError):
            await workspace.log_in("Ann@Example.com", SECRET)

    async def test_are_each_accounts_own(self) -> None:
        workspace = LoginWorkspace()
        await workspace.fail(STRANGER, times=10)

        assert (await workspace.log_in(EMAIL, SECRET)).expires_in == 3600

    async def test_are_cleared_after_a_success(self) -> None:
        workspace = LoginWorkspace()
        await workspace.fail(times=9)

        await workspace.log_in(EMAIL, SECRET)

        assert workspace.store.logins == {}
        await workspace.fail(times=10)

    async def test_of_others_are_swept_up_once_they_are_old(self) -> None:
        workspace = LoginWorkspace()
        await workspace.fail(STRANGER)
        workspace.clock.advance(15 * MINUTE)

        await workspace.fail()

        assert set(workspace.store.logins) == {EMAIL}


class TestRegistering:
    async def test_creates_a_free_user_without_an_invite_or_a_clerk_account(self) -> None:
        workspace = LoginWorkspace()

        user = await workspace.register(" Bob@Example.com ", SECRET, "Bob Example")

        assert workspace.store.users[user.id] == user
        assert workspace.store.passwords[user.id] == f"new:{SECRET}"
        assert user == bob(
            id=user.id,
            clerk_user_id=None,
            email="Bob@Example.com",
            created_at=NOON,
            subscription=Subscription(Tier.FREE),
            messages=MessageCounter(0, NOON),
        )
        assert isinstance(user.id, UUID)

    async def test_allows_logging_in(self) -> None:
        workspace = LoginWorkspace()

        user = await workspace.register("bob@example.com", "another secret", "Bob")

        assert (await workspace.log_in("bob@example.com", "another secret")).text.endswith(
            str(user.id)
        )

    @pytest.mark.parametrize(
        "holder",
        [{}, {"clerk_user_id": ANN}, {"is_active": False}],
        ids=["with a password", "of Clerk", "inactive"],
    )
    async def test_an_address_another_user_has_is_refused_and_costs_no_hash(
        self, holder: dict[str, Any]
    ) -> None:
        workspace = LoginWorkspace(**holder)

        with pytest.raises(EmailConflictError):
            await workspace.register("ANN@example.com", SECRET, "Ann Again")

        assert workspace.passwords.hashed == []
        assert len(workspace.store.users) == 1

    async def test_the_address_of_a_deleted_user_creates_another_user(self) -> None:
        workspace = LoginWorkspace(is_active=False, deleted_at=NOON)

        user = await workspace.register(EMAIL, "another secret", "Ann Again")

        assert user.id != ANNS_ID
        assert workspace.store.passwords == {
            ANNS_ID: f"new:{SECRET}",
            user.id: "new:another secret",
        }

    async def test_an_address_taken_while_hashing_is_refused(self) -> None:
        workspace = LoginWorkspace()

        class Slow(FakePasswords):
            async def hash(self, password: str) -> str:
                workspace.store.users[BOBS_ID] = bob()
                return await super().hash(password)

        register = replace(workspace.register, passwords=Slow())

        with pytest.raises(EmailConflictError):
            await register("bob@example.com", SECRET, "Bob")

    async def test_that_loses_a_race_makes_one_user(self) -> None:
        workspace = LoginWorkspace(transaction=RacingTransaction)

        user = await workspace.register("bob@example.com", SECRET, "Bob")

        assert set(workspace.store.users) == {ANNS_ID, user.id}
        assert workspace.passwords.hashed == [SECRET]

    @pytest.mark.parametrize("email", ["", "bob", "bob @example.com", "b@" + "x" * 254])
    async def test_without_an_address_is_refused(self, email: str) -> None:
        with pytest.raises(ValidationFailedError, match="email"):
            await LoginWorkspace().register(email, SECRET, "Bob")
