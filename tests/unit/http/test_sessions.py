"""Signing out, and having a fresh token of one's session."""

from http.cookies import SimpleCookie

import httpx
import pytest

from tests.support.builders.session_tokens import PARTY, a_token
from tests.support.builders.users import ANN, a_user
from tests.support.fakes.verification_keys import InMemoryKeys
from tests.support.providers.application import SESSION, SUFFIXED_COOKIE, InMemoryApplication

TEMPLATE_TOKEN = {"Authorization": f"Bearer {a_token(sid=None)}"}
COOKIES = {"__session": a_token()}


@pytest.fixture
def closed(api: InMemoryApplication) -> InMemoryApplication:
    """The application without a key to Clerk's Backend API."""
    api.sessions.is_open = False
    return api


@pytest.fixture
def down(api: InMemoryApplication) -> InMemoryApplication:
    """The application while Clerk does not answer."""
    api.sessions.is_down = True
    return api


def cleared(answer: httpx.Response) -> set[str]:
    """Return the cookies that the response deletes."""
    cookies = SimpleCookie()
    for header in answer.headers.get_list("Set-Cookie"):
        cookies.load(header)
    return {
        name
        for name, cookie in cookies.items()
        if (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"].lower())
        == ("", "0", "/", "lax")
    }


class TestLogout:
    async def test_ends_the_callers_session_and_clears_both_cookies(
        self, api: InMemoryApplication
    ) -> None:
        answer = await api("POST", "/auth/logout")

        assert answer.status_code == 200
        assert answer.json().keys() == {"message", "success"}
        assert answer.json()["success"] is True
        assert api.sessions.revoked == {SESSION}
        assert cleared(answer) == {"__session", SUFFIXED_COOKIE}

    async def test_ends_every_token_of_the_session_and_no_other(
        self, api: InMemoryApplication
    ) -> None:
        await api("POST", "/auth/logout")

        refused = [
            await api("GET", "/auth/me"),
            await api("GET", "/usage"),
            await api("POST", "/auth/logout"),
        ]
        other = {"Authorization": f"Bearer {a_token(sid='sess_other')}"}
        accepted = await api("GET", "/auth/me", headers=other)

        assert {(each.status_code, each.json()["code"]) for each in refused} == {
            (401, "session_ended")
        }
        assert accepted.status_code == 200

    async def test_without_a_key_clears_the_cookies_and_reports_the_local_scope(
        self, closed: InMemoryApplication
    ) -> None:
        answer = await closed("POST", "/auth/logout")

        assert (answer.status_code, answer.json()["success"]) == (200, True)
        assert "could not be ended" in answer.json()["message"]
        assert cleared(answer) == {"__session", SUFFIXED_COOKIE}

    async def test_while_clerk_is_down_is_503_and_leaves_the_cookies(
        self, down: InMemoryApplication
    ) -> None:
        answer = await down("POST", "/auth/logout")

        assert (answer.status_code, answer.json()["error"]) == (
            503,
            "identity_provider_unavailable",
        )
        assert int(answer.headers["Retry-After"]) > 0
        assert "Set-Cookie" not in answer.headers

    async def test_with_a_token_that_names_no_session_is_refused(
        self, api: InMemoryApplication
    ) -> None:
        answer = await api("POST", "/auth/logout", headers=TEMPLATE_TOKEN)

        assert (answer.status_code, answer.json()["error"]) == (400, "session_unknown")
        assert "Set-Cookie" not in answer.headers

    async def test_by_cookie_needs_one_of_our_origins(self, api: InMemoryApplication) -> None:
        foreign = await api(
            "POST",
            "/auth/logout",
            by=None,
            cookies=COOKIES,
            headers={"Origin": "https://evil.example.com"},
        )
        ours = await api(
            "POST", "/auth/logout", by=None, cookies=COOKIES, headers={"Origin": PARTY}
        )

        assert (foreign.status_code, foreign.json()["error"]) == (403, "origin_not_allowed")
        assert ours.status_code == 200
        assert api.sessions.revoked == {SESSION}


class TestRefresh:
    async def test_returns_a_fresh_uncached_token(self, api: InMemoryApplication) -> None:
        first = await api("POST", "/auth/refresh")
        second = await api("POST", "/auth/refresh")

        assert first.status_code == 200
        assert first.json() == {
            "access_token": f"token 1 of {SESSION}",
            "token_type": "bearer",
            "expires_in": 60,
        }
        assert first.headers["Cache-Control"] == "no-store"
        assert second.json()["access_token"] != first.json()["access_token"]

    async def test_of_a_session_that_has_ended_is_refused(self, api: InMemoryApplication) -> None:
        await api("POST", "/auth/logout")

        answer = await api("POST", "/auth/refresh")

        assert (answer.status_code, answer.json()["error"]) == (401, "session_ended")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    async def test_without_a_key_names_the_setting_for_operators(
        self, closed: InMemoryApplication
    ) -> None:
        answer = await closed("POST", "/auth/refresh")

        assert (answer.status_code, answer.json()["error"]) == (503, "identity_provider_closed")
        assert "CLERK_SECRET_KEY" in answer.json()["message"]
        assert int(answer.headers["Retry-After"]) > 0

    async def test_while_clerk_is_down_is_503(self, down: InMemoryApplication) -> None:
        answer = await down("POST", "/auth/refresh")

        assert (answer.status_code, answer.json()["error"]) == (
            503,
            "identity_provider_unavailable",
        )
        assert int(answer.headers["Retry-After"]) > 0

    @pytest.mark.parametrize("sid", [None, ""])
    async def test_with_a_token_that_names_no_session_is_refused(
        self, api: InMemoryApplication, sid: str | None
    ) -> None:
        headers = {"Authorization": f"Bearer {a_token(sid=sid)}"}

        answer = await api("POST", "/auth/refresh", headers=headers)

        assert (answer.status_code, answer.json()["error"]) == (400, "session_unknown")


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/refresh"])
async def test_the_token_of_a_request_is_verified_once(path: str) -> None:
    api = InMemoryApplication().with_users(a_user())
    keys = api.keys
    assert isinstance(keys, InMemoryKeys)

    answer = await api("POST", path, by=ANN)

    assert answer.status_code == 200
    assert keys.asked == 1
