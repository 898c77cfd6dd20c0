"""What every Sessions promises, both the fake and the adapter, which uses the local Clerk."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from sigmasight.adapters.clerk.sessions import ClerkSessions
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    SessionEndedError,
    Sessions,
)
from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from tests.support.fakes.clerk import FakeClerk
from tests.support.fakes.sessions import FakeSessions


@dataclass(frozen=True)
class Provider:
    """Sessions with one under way, and the ways of losing sight of it."""

    sessions: Sessions
    closed: Sessions
    """The same without a key."""
    session_id: str
    fail: Callable[[], None]
    """Has the next question go unanswered."""


@pytest.fixture(params=["fake", "clerk"])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[Provider]:
    if request.param == "fake":
        fake = FakeSessions("sess_ann")

        def go_down() -> None:
            fake.is_down = True

        yield Provider(fake, FakeSessions("sess_ann", is_open=False), "sess_ann", go_down)
        return
    clerk = FakeClerk()
    session = clerk.instance.sign_in(ensure_account(clerk.instance, "ann").id)
    async with clerk.backend() as backend, clerk.backend(key=None) as closed:
        yield Provider(
            ClerkSessions(backend),
            ClerkSessions(closed),
            session.id,
            lambda: clerk.failures.inject(500, 500),
        )


async def test_a_session_has_a_fresh_token_each_time(provider: Provider) -> None:
    one = await provider.sessions.token(provider.session_id)
    other = await provider.sessions.token(provider.session_id)

    assert one.text
    assert one.text != other.text
    assert one.expires_in == other.expires_in == 60


async def test_a_revoked_session_has_no_more_tokens(provider: Provider) -> None:
    await provider.sessions.revoke(provider.session_id)

    with pytest.raises(SessionEndedError):
        await provider.sessions.token(provider.session_id)


async def test_revoking_a_session_is_idempotent(provider: Provider) -> None:
    for _ in range(3):
        await provider.sessions.revoke(provider.session_id)

    with pytest.raises(SessionEndedError):
        await provider.sessions.token(provider.session_id)


@pytest.mark.parametrize("stranger", ["sess_other", "..", "sess_ann/tokens", "sess_demo_ann?x=1"])
async def test_an_unknown_session_has_ended(provider: Provider, stranger: str) -> None:
    await provider.sessions.revoke(stranger)

    with pytest.raises(SessionEndedError):
        await provider.sessions.token(stranger)
    assert (await provider.sessions.token(provider.session_id)).text


async def test_no_response_does_not_end_a_session(provider: Provider) -> None:
    provider.fail()
    with pytest.raises(IdentityProviderUnavailableError):
        await provider.sessions.token(provider.session_id)

    provider.fail()
    with pytest.raises(IdentityProviderUnavailableError):
        await provider.sessions.revoke(provider.session_id)


async def test_without_a_key_no_request_is_possible(provider: Provider) -> None:
    with pytest.raises(IdentityProviderClosedError):
        await provider.closed.token(provider.session_id)
    with pytest.raises(IdentityProviderClosedError):
        await provider.closed.revoke(provider.session_id)
