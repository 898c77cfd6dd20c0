"""The limit on login attempts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sigmasight.domain.identity.password_login import (
    TooManyLoginAttemptsError,
)
from tests.support.builders.instants import MINUTE, NOON
from tests.support.fakes.kernel import FixedClock
from tests.unit.domain.identity.login_workspace import EMAIL, SECRET, STRANGER, LoginWorkspace


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
