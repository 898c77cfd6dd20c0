"""The limit on login attempts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sigmasight.domain.access.attempts import MAX_BY_NETWORK, ClientNetwork, network_of
from sigmasight.domain.identity.password_login import (
    TooManyLoginAttemptsError,
    TooManyRegistrationsError,
)
from tests.support.builders.instants import MINUTE, NOON
from tests.support.fakes.kernel import FixedClock
from tests.unit.domain.identity.login_workspace import (
    EMAIL,
    NETWORK,
    SECRET,
    STRANGER,
    LoginWorkspace,
)

HOME = ClientNetwork("198.51.100.7")


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
            await replace(workspace.log_in_from, clock=Running(NOON))(
                EMAIL, SECRET, network=NETWORK
            )

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

        assert set(workspace.store.logins) == {EMAIL, f"login from {NETWORK}"}


class TestStrangers:
    async def test_cannot_lock_a_user_out_of_a_network_they_have_signed_in_from(self) -> None:
        workspace = LoginWorkspace()
        await workspace.log_in(EMAIL, SECRET, HOME)
        await workspace.fail(times=10, network=NETWORK)

        with pytest.raises(TooManyLoginAttemptsError):
            await workspace.log_in(EMAIL, SECRET, NETWORK)
        assert (await workspace.log_in(EMAIL, SECRET, HOME)).expires_in == 3600

    async def test_may_guess_no_more_often_from_a_known_network(self) -> None:
        workspace = LoginWorkspace()
        await workspace.log_in(EMAIL, SECRET, HOME)
        await workspace.fail(times=10, network=HOME)

        with pytest.raises(TooManyLoginAttemptsError):
            await workspace.log_in(EMAIL, SECRET, HOME)

    async def test_are_not_given_new_attempts_by_the_users_own_success(self) -> None:
        workspace = LoginWorkspace()
        await workspace.log_in(EMAIL, SECRET, HOME)
        await workspace.fail(times=10, network=NETWORK)
        await workspace.log_in(EMAIL, SECRET, HOME)

        with pytest.raises(TooManyLoginAttemptsError):
            await workspace.log_in(EMAIL, SECRET, NETWORK)

    async def test_cannot_try_one_password_at_many_addresses(self) -> None:
        workspace = LoginWorkspace()
        for number in range(MAX_BY_NETWORK):
            await workspace.fail(f"{number}@example.com", network=NETWORK)

        with pytest.raises(TooManyLoginAttemptsError) as refusal:
            await workspace.log_in("another@example.com", SECRET, NETWORK)

        assert refusal.value.retry_after == 900
        assert (await workspace.log_in(EMAIL, SECRET, HOME)).expires_in == 3600

    async def test_cannot_lock_a_user_out_by_using_up_a_network_they_share(self) -> None:
        workspace = LoginWorkspace()
        await workspace.log_in(EMAIL, SECRET, NETWORK)
        for number in range(MAX_BY_NETWORK):
            await workspace.fail(f"{number}@example.com", network=NETWORK)

        assert (await workspace.log_in(EMAIL, SECRET, NETWORK)).expires_in == 3600

    async def test_do_not_use_up_a_network_by_signing_in(self) -> None:
        workspace = LoginWorkspace()

        for _ in range(3 * MAX_BY_NETWORK):
            await workspace.log_in(EMAIL, SECRET, NETWORK)


async def test_a_network_may_register_only_so_many_accounts_and_others_still_may() -> None:
    workspace = LoginWorkspace()
    for number in range(MAX_BY_NETWORK):
        await workspace.register(f"{number}@example.com", SECRET, "Somebody", NETWORK)

    with pytest.raises(TooManyRegistrationsError) as refusal:
        await workspace.register("another@example.com", SECRET, "Somebody", NETWORK)
    other = await workspace.register("another@example.com", SECRET, "Somebody", HOME)
    workspace.clock.advance(timedelta(minutes=15))
    later = await workspace.register("later@example.com", SECRET, "Somebody", NETWORK)

    assert refusal.value.retry_after == 900
    assert other.email == "another@example.com"
    assert later.email == "later@example.com"


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("localhost", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_client_is_one_address_of_version_4_or_64_bits_of_version_6(
    host: str | None, network: str
) -> None:
    assert network_of(host) == network
