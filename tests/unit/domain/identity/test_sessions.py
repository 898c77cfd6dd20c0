"""What callers may do with the session they came by."""

from dataclasses import replace
from typing import Final

import pytest

from sigmasight.domain.identity.sessions import (
    AnySession,
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    PasswordSession,
    RefreshToken,
    Session,
    SessionEndedError,
    SessionUnknownError,
    actor_of,
)
from sigmasight.domain.identity.sign_out import EndSession, LogOut, LogoutScope, MaxTokenAge
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, ANNS_ID
from tests.support.fakes.identity import InMemoryEndedSessions
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.sessions import FakeSessions
from tests.support.fakes.store import InMemoryStore

SESSION: Final = Session(
    clerk_user_id=ANN,
    session_id="sess_ann",
    authorized_party=None,
    email=None,
    email_verified=False,
    expires_at=0,
)


@pytest.mark.parametrize(
    ("session", "actor"),
    [
        (SESSION, ANN),
        (replace(SESSION, impersonator="user_operator"), f"user_operator as {ANN}"),
        (PasswordSession(user_id=ANNS_ID, session_id="s", expires_at=0), str(ANNS_ID)),
    ],
    ids=["their own", "impersonated", "password"],
)
def test_the_audit_trail_names_who_acts_in_a_session(session: AnySession, actor: str) -> None:
    assert actor_of(session) == actor


def log_out(sessions: FakeSessions, store: InMemoryStore | None = None) -> LogOut:
    store = store or InMemoryStore()
    ended = InMemoryEndedSessions(store)
    end_session = EndSession(ended, MaxTokenAge(DAY), FixedClock(NOON))
    return LogOut(sessions, end_session, ImmediateTransaction(store))


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions("sess_ann", "sess_bob")


async def test_a_logout_ends_the_session_of_the_token_and_no_other(sessions: FakeSessions) -> None:
    assert await log_out(sessions)(SESSION) is LogoutScope.EVERYWHERE
    assert sessions.active == {"sess_bob"}


async def test_a_logout_without_access_to_clerk_is_local_only(
    sessions: FakeSessions,
) -> None:
    sessions.is_open = False

    assert await log_out(sessions)(SESSION) is LogoutScope.HERE_ALONE


async def test_an_unconfirmed_logout_fails_and_ends_nothing(sessions: FakeSessions) -> None:
    sessions.is_down = True
    store = InMemoryStore()

    with pytest.raises(IdentityProviderUnavailableError):
        await log_out(sessions, store)(SESSION)

    assert store.ended_sessions == {}


@pytest.mark.parametrize("is_open", [True, False])
async def test_the_tokens_of_a_session_are_refused_until_the_last_has_expired(
    sessions: FakeSessions, *, is_open: bool
) -> None:
    sessions.is_open = is_open
    store = InMemoryStore()

    await log_out(sessions, store)(SESSION)

    assert list(store.ended_sessions) == ["sess_ann"]
    assert store.ended_sessions["sess_ann"] > NOON + DAY


async def test_a_logout_from_a_password_session_ends_it(sessions: FakeSessions) -> None:
    store = InMemoryStore()
    session = PasswordSession(user_id=ANNS_ID, session_id="jti_1", expires_at=0)

    assert await log_out(sessions, store)(session) is LogoutScope.EVERYWHERE
    assert list(store.ended_sessions) == ["jti_1"]


async def test_a_refresh_is_of_the_session_of_the_token(sessions: FakeSessions) -> None:
    fresh = await RefreshToken(sessions)(SESSION)

    assert fresh.text.endswith("of sess_ann")


async def test_a_refresh_ends_with_the_session(sessions: FakeSessions) -> None:
    await log_out(sessions)(SESSION)

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
            await log_out(sessions)(nameless)
        with pytest.raises(SessionUnknownError):
            await RefreshToken(sessions)(nameless)
