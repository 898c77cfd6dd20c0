"""What callers may do with the session they came by."""

from dataclasses import replace
from typing import Final

import pytest

from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    LogOut,
    LogoutScope,
    RefreshToken,
    Session,
    SessionEndedError,
    SessionUnknownError,
)
from tests.support.builders.users import ANN
from tests.support.fakes.sessions import FakeSessions

SESSION: Final = Session(
    clerk_user_id=ANN,
    session_id="sess_ann",
    authorized_party=None,
    email=None,
    email_verified=False,
    expires_at=0,
)


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions("sess_ann", "sess_bob")


async def test_a_logout_ends_the_session_of_the_token_and_no_other(sessions: FakeSessions) -> None:
    assert await LogOut(sessions)(SESSION) is LogoutScope.EVERYWHERE
    assert sessions.active == {"sess_bob"}


async def test_a_logout_without_access_to_clerk_is_local_only(
    sessions: FakeSessions,
) -> None:
    sessions.is_open = False

    assert await LogOut(sessions)(SESSION) is LogoutScope.HERE_ALONE


async def test_an_unconfirmed_logout_fails(sessions: FakeSessions) -> None:
    sessions.is_down = True

    with pytest.raises(IdentityProviderUnavailableError):
        await LogOut(sessions)(SESSION)


async def test_a_refresh_is_of_the_session_of_the_token(sessions: FakeSessions) -> None:
    fresh = await RefreshToken(sessions)(SESSION)

    assert fresh.text.endswith("of sess_ann")


async def test_a_refresh_ends_with_the_session(sessions: FakeSessions) -> None:
    await LogOut(sessions)(SESSION)

    with pytest.raises(SessionEndedError):
        await RefreshToken(sessions)(SESSION)


async def test_a_refresh_needs_clerk_to_be_open(sessions: FakeSessions) -> None:
    sessions.is_open = False

    with pytest.raises(IdentityProviderClosedError):
        await RefreshToken(sessions)(SESSION)


@pytest.mark.parametrize("name", [None, ""])
async def test_a_token_that_names_no_session_is_good_for_neither_with_a_key_or_without(
    sessions: FakeSessions, name: str | None
) -> None:
    nameless = replace(SESSION, session_id=name)

    for sessions.is_open in (True, False):
        with pytest.raises(SessionUnknownError):
            await LogOut(sessions)(nameless)
        with pytest.raises(SessionUnknownError):
            await RefreshToken(sessions)(nameless)
