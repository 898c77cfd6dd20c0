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


class WatchfulPasswords(FakePasswords):
    """Fails where a transaction is open meanwhile."""

    def __init__(self, transaction: ImmediateTransaction) -> None:
        super().__init__()
        self._transaction = transaction

    async def hash(self, password: str) -> str:
        assert not self._transaction.is_open
        return await super().hash(password)

    async def verify(self, password: str, hashed: str | None) -> PasswordCheck:
        assert not self._transaction.is_open
        return await super().verify(password, hashed)


class Door:
    """Ann, who signs in with a password, and everything in between."""

    def __init__(
        self,
        hashed: str | None = f"new:{SECRET}",
        transaction: type[ImmediateTransaction] = ImmediateTransaction,
        **about_ann: Any,
    ) -> None:
        ann = a_user(**{"clerk_user_id": None, **about_ann})
        self.memory = InMemoryStore(
            users={ANNS_ID: ann}, passwords={} if hashed is None else {ANNS_ID: hashed}
        )
        self.clock = FixedClock(NOON)
        self.transaction = transaction(self.memory)
        self.passwords = WatchfulPasswords(self.transaction)
        accounts = InMemoryPasswordAccounts(self.memory)
        self.log_in = LogInWithPassword(
            accounts,
            InMemoryLoginAttempts(self.memory),
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
        return self.memory.users[ANNS_ID]


class TestLoggingIn:
    @pytest.mark.parametrize("email", [EMAIL, " ann@example.com ", "ANN@Example.COM"])
    async def test_with_the_right_password_gives_a_token_of_that_user(self, email: str) -> None:
        door = Door()

        assert await door.log_in(email, SECRET) == FreshToken(f"token of {ANNS_ID}", 3600)

    async def test_keeps_the_hash_there_is(self) -> None:
        door = Door()

        await door.log_in(EMAIL, SECRET)

        assert door.memory.passwords == {ANNS_ID: f"new:{SECRET}"}

    async def test_upgrades_a_hash_of_the_original_system(self) -> None:
        door = Door(f"old:{SECRET}")

        await door.log_in(EMAIL, SECRET)

        assert door.memory.passwords == {ANNS_ID: f"new:{SECRET}"}

    async def test_with_a_wrong_password_upgrades_nothing(self) -> None:
        door = Door(f"old:{SECRET}")

        await door.fail()

        assert door.memory.passwords == {ANNS_ID: f"old:{SECRET}"}

    async def test_that_loses_a_race_takes_one_attempt_and_upgrades_once(self) -> None:
        door = Door(f"old:{SECRET}", transaction=RacingTransaction)
        await door.fail()
        assert len(door.memory.logins[EMAIL]) == 1

        await door.log_in(EMAIL, SECRET)

        assert door.passwords.hashed == [SECRET]

    @pytest.mark.parametrize("email", ["", "ann", "@", "ann@", "a b@c", "ann@example.com\x00"])
    async def test_with_what_is_no_address_is_no_attempt(self, email: str) -> None:
        door = Door()

        with pytest.raises(ValidationFailedError, match="email"):
            await door.log_in(email, SECRET)

        assert door.memory.logins == {}
        assert door.passwords.verified == []


class TestFailures:
    @pytest.mark.parametrize(
        ("door", "email", "password"),
        [
            (Door(), STRANGER, SECRET),
            (Door(), EMAIL, "wrong"),
            (Door(hashed=None), EMAIL, SECRET),
            (Door(is_active=False), EMAIL, SECRET),
            (Door(is_active=False, deleted_at=NOON), EMAIL, SECRET),
            (Door(clerk_user_id=ANN), EMAIL, SECRET),
            (Door(f"old:{SECRET}", clerk_user_id=ANN), EMAIL, SECRET),
            (Door("nonsense"), EMAIL, "nonsense"),
        ],
        ids=[
            *("unknown address", "wrong password", "no password", "inactive", "deleted"),
            *("linked to Clerk", "linked, old hash", "malformed hash"),
        ],
    )
    async def test_all_cost_one_comparison_and_say_the_same(
        self, door: Door, email: str, password: str
    ) -> None:
        with pytest.raises(CredentialsInvalidError) as refusal:
            await door.log_in(email, password)

        assert len(door.passwords.verified) == 1
        assert door.passwords.hashed == []
        assert str(refusal.value) == str(CredentialsInvalidError())
        assert refusal.value.details == {}

    async def test_of_accounts_a_password_does_not_open_compare_with_nobodys_hash(self) -> None:
        for door in (Door(is_active=False), Door(clerk_user_id=ANN), Door(hashed=None)):
            await door.fail()

            assert door.passwords.verified == [("wrong", None)]


class TestTenAttemptsPerFifteenMinutesAndAccount:
    @pytest.mark.parametrize("email", [EMAIL, STRANGER], ids=["known", "unknown"])
    async def test_are_all_there_are_and_the_eleventh_must_wait(self, email: str) -> None:
        door = Door()
        await door.fail(email, times=10)

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await door.log_in(email, SECRET)

        assert refusal.value.retry_after == 900
        assert len(door.passwords.verified) == 10

    async def test_end_when_the_oldest_leaves_the_window(self) -> None:
        door = Door()
        await door.fail(times=4)
        door.clock.advance(5 * MINUTE)
        await door.fail(times=6)
        door.clock.advance(3 * MINUTE)

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await door.log_in(EMAIL, SECRET)
        door.clock.advance(timedelta(seconds=refusal.value.retry_after))

        assert refusal.value.retry_after == 7 * 60
        await door.fail(times=4)
        with pytest.raises(TooManyLoginAttemptsError):
            await door.log_in(EMAIL, SECRET)

    async def test_that_were_counted_while_one_waited_for_them_are_not_waited_for_longer(
        self,
    ) -> None:
        door = Door()
        door.memory.logins[EMAIL] = (NOON + MINUTE,) * 10

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await door.log_in(EMAIL, SECRET)

        assert refusal.value.retry_after == 900

    async def test_of_which_the_oldest_leaves_just_now_are_refused_all_the_same(self) -> None:
        door = Door()
        await door.fail(times=10)
        instants = iter([NOON + 14 * MINUTE, NOON + 15 * MINUTE])

        class Running(FixedClock):
            def now(self) -> datetime:
                return next(instants)

        with pytest.raises(TooManyLoginAttemptsError):
            await replace(door.log_in, clock=Running(NOON))(EMAIL, SECRET)

    async def test_are_one_accounts_however_it_is_spelt(self) -> None:
        door = Door()
        for number in range(10):
            await door.fail(EMAIL.upper() if number % 2 else f" {EMAIL} ")

        with pytest.raises(TooManyLoginAttemptsError):
            await door.log_in("Ann@Example.com", SECRET)

    async def test_are_each_accounts_own(self) -> None:
        door = Door()
        await door.fail(STRANGER, times=10)

        assert (await door.log_in(EMAIL, SECRET)).expires_in == 3600

    async def test_are_forgotten_after_a_success(self) -> None:
        door = Door()
        await door.fail(times=9)

        await door.log_in(EMAIL, SECRET)

        assert door.memory.logins == {}
        await door.fail(times=10)

    async def test_of_others_are_swept_up_once_they_are_old(self) -> None:
        door = Door()
        await door.fail(STRANGER)
        door.clock.advance(15 * MINUTE)

        await door.fail()

        assert set(door.memory.logins) == {EMAIL}


class TestRegistering:
    async def test_makes_a_user_on_the_free_tier_not_let_in_without_clerk(self) -> None:
        door = Door()

        user = await door.register(" Bob@Example.com ", SECRET, "Bob Example")

        assert door.memory.users[user.id] == user
        assert door.memory.passwords[user.id] == f"new:{SECRET}"
        assert user == bob(
            id=user.id,
            clerk_user_id=None,
            email="Bob@Example.com",
            created_at=NOON,
            subscription=Subscription(Tier.FREE),
            messages=MessageCounter(0, NOON),
        )
        assert isinstance(user.id, UUID)

    async def test_lets_one_log_in(self) -> None:
        door = Door()

        user = await door.register("bob@example.com", "another secret", "Bob")

        assert (await door.log_in("bob@example.com", "another secret")).text.endswith(str(user.id))

    @pytest.mark.parametrize(
        "holder",
        [{}, {"clerk_user_id": ANN}, {"is_active": False}],
        ids=["with a password", "of Clerk", "inactive"],
    )
    async def test_an_address_another_user_has_is_refused_and_costs_no_hash(
        self, holder: dict[str, Any]
    ) -> None:
        door = Door(**holder)

        with pytest.raises(EmailConflictError):
            await door.register("ANN@example.com", SECRET, "Ann Again")

        assert door.passwords.hashed == []
        assert len(door.memory.users) == 1

    async def test_an_address_of_somebody_deleted_makes_another_user(self) -> None:
        door = Door(is_active=False, deleted_at=NOON)

        user = await door.register(EMAIL, "another secret", "Ann Again")

        assert user.id != ANNS_ID
        assert door.memory.passwords == {ANNS_ID: f"new:{SECRET}", user.id: "new:another secret"}

    async def test_an_address_taken_while_hashing_is_refused(self) -> None:
        door = Door()

        class Slow(FakePasswords):
            async def hash(self, password: str) -> str:
                door.memory.users[BOBS_ID] = bob()
                return await super().hash(password)

        register = replace(door.register, passwords=Slow())

        with pytest.raises(EmailConflictError):
            await register("bob@example.com", SECRET, "Bob")

    async def test_that_loses_a_race_makes_one_user(self) -> None:
        door = Door(transaction=RacingTransaction)

        user = await door.register("bob@example.com", SECRET, "Bob")

        assert set(door.memory.users) == {ANNS_ID, user.id}
        assert door.passwords.hashed == [SECRET]

    @pytest.mark.parametrize("email", ["", "bob", "bob @example.com", "b@" + "x" * 254])
    async def test_without_an_address_is_refused(self, email: str) -> None:
        with pytest.raises(ValidationFailedError, match="email"):
            await Door().register(email, SECRET, "Bob")
