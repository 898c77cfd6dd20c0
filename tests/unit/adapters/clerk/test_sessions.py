"""Clerk's sessions, ended and given fresh tokens."""

import json

import httpx
import pytest

from sigmasight.adapters.clerk.sessions import ClerkSessions
from sigmasight.domain.identity.sessions import (
    FreshToken,
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    SessionEndedError,
)
from tests.support.builders.session_tokens import NOW, a_token
from tests.unit.adapters.clerk.scripted_clerk import KEY, Answer, ScriptedClerk, answer, asking


async def revoke(clerk: ScriptedClerk, key: str | None = KEY) -> None:
    await asking(clerk, lambda backend: ClerkSessions(backend).revoke("sess_ann"), key)


async def token(clerk: ScriptedClerk, key: str | None = KEY) -> FreshToken:
    fresh: FreshToken = await asking(
        clerk, lambda backend: ClerkSessions(backend).token("sess_ann"), key
    )
    return fresh


class TestRevoking:
    @pytest.mark.parametrize("status", [200, 400, 404, 410, 422])
    async def test_succeeds_once_the_session_has_ended_by_whatever_means(self, status: int) -> None:
        clerk = ScriptedClerk(answer({"errors": []}, status))

        await revoke(clerk)

        assert clerk.asked == ["POST /sessions/sess_ann/revoke"]

    async def test_is_repeated_since_that_does_no_harm(self) -> None:
        clerk = ScriptedClerk(httpx.ReadTimeout("no answer"), answer({}))

        await revoke(clerk)

        assert len(clerk.requests) == 2

    @pytest.mark.parametrize("given", [answer({}, 500), answer({}, 401), httpx.ConnectError("no")])
    async def test_that_nobody_confirms_is_not_done(self, given: Answer) -> None:
        with pytest.raises(IdentityProviderUnavailableError):
            await revoke(ScriptedClerk(given))

    async def test_is_closed_without_a_secret_key(self) -> None:
        with pytest.raises(IdentityProviderClosedError):
            await revoke(ScriptedClerk(answer({})), key=None)


class TestFreshToken:
    @pytest.mark.parametrize(
        ("jwt", "seconds"),
        [
            (a_token(), 60),
            (a_token(exp=NOW + 3600), 3600),
            (a_token(exp=NOW + 1), 1),
            *((a_token(exp=NOW + 3600, sub="user_" + "x" * n), 3600) for n in range(4)),
            (a_token(exp=NOW), 60),
            (a_token(exp=NOW - 5), 60),
            (a_token(exp="soon"), 60),
            (a_token(exp=None), 60),
            ("opaque", 60),
            ("a.b.c", 60),
        ],
    )
    async def test_expires_when_its_claim_says(self, jwt: str, seconds: int) -> None:
        clerk = ScriptedClerk(answer({"object": "token", "jwt": jwt}))

        assert await token(clerk) == FreshToken(jwt, seconds)
        assert clerk.asked == ["POST /sessions/sess_ann/tokens"]
        assert json.loads(clerk.requests[0].content) == {}

    @pytest.mark.parametrize("status", [400, 404, 410, 422])
    async def test_is_not_had_of_a_session_that_is_over(self, status: int) -> None:
        with pytest.raises(SessionEndedError):
            await token(ScriptedClerk(answer({"errors": []}, status)))

    @pytest.mark.parametrize(
        "given", [answer({}), answer({"jwt": ""}), answer([]), answer({}, 500)]
    )
    async def test_that_did_not_come_is_no_answer(self, given: Answer) -> None:
        with pytest.raises(IdentityProviderUnavailableError):
            await token(ScriptedClerk(given))

    async def test_is_not_requested_twice_once_one_may_have_been_issued(self) -> None:
        clerk = ScriptedClerk(httpx.ReadTimeout("no answer"))

        with pytest.raises(IdentityProviderUnavailableError):
            await token(clerk)

        assert len(clerk.requests) == 1

    async def test_is_closed_without_a_secret_key(self) -> None:
        with pytest.raises(IdentityProviderClosedError):
            await token(ScriptedClerk(answer({})), key=None)
