"""Signing in with a password, and registering to."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.password_login import (
    CredentialsInvalidError,
)
from sigmasight.domain.identity.sessions import FreshToken
from sigmasight.domain.identity.users import EmailConflictError
from sigmasight.domain.kernel import FieldError, ValidationFailedError
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, ANNS_ID, BOBS_ID, bob
from tests.support.fakes.kernel import RacingTransaction
from tests.support.fakes.password_login import (
    FakePasswords,
)
from tests.unit.domain.identity.login_workspace import (
    EMAIL,
    NETWORK,
    SECRET,
    STRANGER,
    LoginWorkspace,
)


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

        with pytest.raises(ValidationFailedError) as refusal:
            await workspace.log_in(email, SECRET)

        assert refusal.value.errors == (FieldError("email", "Not an email address.", "invalid"),)

        assert workspace.store.logins == {}
        assert workspace.passwords.verified == []


class TestFailures:
    @pytest.mark.parametrize(
        ("about", "email", "password"),
        [
            ({}, STRANGER, SECRET),
            ({}, EMAIL, "wrong"),
            ({"hashed": None}, EMAIL, SECRET),
            ({"is_active": False}, EMAIL, SECRET),
            ({"is_active": False, "deleted_at": NOON}, EMAIL, SECRET),
            ({"clerk_user_id": ANN}, EMAIL, SECRET),
            ({"hashed": f"old:{SECRET}", "clerk_user_id": ANN}, EMAIL, SECRET),
            ({"hashed": "nonsense"}, EMAIL, "nonsense"),
        ],
        ids=[
            *("unknown address", "wrong password", "no password", "inactive", "deleted"),
            *("linked to Clerk", "linked, old hash", "malformed hash"),
        ],
    )
    async def test_all_cost_one_comparison_and_look_the_same(
        self, about: dict[str, Any], email: str, password: str
    ) -> None:
        workspace = LoginWorkspace(**about)

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
            address_proved=False,
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

        register = replace(workspace.register_from, passwords=Slow())

        with pytest.raises(EmailConflictError):
            await register("bob@example.com", SECRET, "Bob", network=NETWORK)

    async def test_that_loses_a_race_makes_one_user(self) -> None:
        workspace = LoginWorkspace(transaction=RacingTransaction)

        user = await workspace.register("bob@example.com", SECRET, "Bob")

        assert set(workspace.store.users) == {ANNS_ID, user.id}
        assert workspace.passwords.hashed == [SECRET]

    @pytest.mark.parametrize("email", ["", "bob", "bob @example.com", "b@" + "x" * 254])
    async def test_without_an_address_is_refused(self, email: str) -> None:
        with pytest.raises(ValidationFailedError, match="email"):
            await LoginWorkspace().register(email, SECRET, "Bob")
