"""Signing out, and having a fresh token of one's session."""

from http.cookies import SimpleCookie

import httpx
import pytest

from tests.http.world import SESSION, SUFFIXED_COOKIE, World
from tests.unit.clerk.tokens import PARTY, InMemoryKeys, a_token
from tests.unit.examples import ANN, a_user

TEMPLATE_TOKEN = {"Authorization": f"Bearer {a_token(sid=None)}"}
COOKIES = {"__session": a_token()}


@pytest.fixture
def closed(world: World) -> World:
    """The application without a key to Clerk's Backend API."""
    world.sessions.is_open = False
    return world


@pytest.fixture
def down(world: World) -> World:
    """The application while Clerk does not answer."""
    world.sessions.is_down = True
    return world


def cleared(answer: httpx.Response) -> set[str]:
    """Return the cookies the browser is told to forget."""
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
    async def test_ends_the_callers_session_and_clears_both_cookies(self, world: World) -> None:
        answer = await world("POST", "/auth/logout")

        assert answer.status_code == 200
        assert answer.json().keys() == {"message", "success"}
        assert answer.json()["success"] is True
        assert world.sessions.revoked == {SESSION}
        assert cleared(answer) == {"__session", SUFFIXED_COOKIE}

    async def test_of_a_session_that_has_ended_is_a_logout(self, world: World) -> None:
        await world("POST", "/auth/logout")

        again = await world("POST", "/auth/logout")

        assert (again.status_code, again.json()["success"]) == (200, True)

    async def test_without_a_key_clears_the_cookies_and_says_what_it_could_not_do(
        self, closed: World
    ) -> None:
        answer = await closed("POST", "/auth/logout")

        assert (answer.status_code, answer.json()["success"]) == (200, True)
        assert "could not be ended" in answer.json()["message"]
        assert cleared(answer) == {"__session", SUFFIXED_COOKIE}

    async def test_while_clerk_is_down_is_to_be_tried_again_with_the_cookies_in_place(
        self, down: World
    ) -> None:
        answer = await down("POST", "/auth/logout")

        assert (answer.status_code, answer.json()["error"]) == (
            503,
            "identity_provider_unavailable",
        )
        assert int(answer.headers["Retry-After"]) > 0
        assert "Set-Cookie" not in answer.headers

    async def test_with_a_token_that_names_no_session_is_refused(self, world: World) -> None:
        answer = await world("POST", "/auth/logout", headers=TEMPLATE_TOKEN)

        assert (answer.status_code, answer.json()["error"]) == (400, "session_unknown")
        assert "Set-Cookie" not in answer.headers

    async def test_by_cookie_is_for_origins_of_ours(self, world: World) -> None:
        foreign = await world(
            "POST",
            "/auth/logout",
            by=None,
            cookies=COOKIES,
            headers={"Origin": "https://evil.example.com"},
        )
        ours = await world(
            "POST", "/auth/logout", by=None, cookies=COOKIES, headers={"Origin": PARTY}
        )

        assert (foreign.status_code, foreign.json()["error"]) == (403, "origin_not_allowed")
        assert ours.status_code == 200
        assert world.sessions.revoked == {SESSION}


class TestRefresh:
    async def test_gives_a_fresh_token_that_nobody_stores(self, world: World) -> None:
        first = await world("POST", "/auth/refresh")
        second = await world("POST", "/auth/refresh")

        assert first.status_code == 200
        assert first.json() == {
            "access_token": f"token 1 of {SESSION}",
            "token_type": "bearer",
            "expires_in": 60,
        }
        assert first.headers["Cache-Control"] == "no-store"
        assert second.json()["access_token"] != first.json()["access_token"]

    async def test_of_a_session_that_has_ended_is_refused(self, world: World) -> None:
        await world("POST", "/auth/logout")

        answer = await world("POST", "/auth/refresh")

        assert (answer.status_code, answer.json()["error"]) == (401, "session_ended")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    async def test_without_a_key_says_what_operators_have_to_set(self, closed: World) -> None:
        answer = await closed("POST", "/auth/refresh")

        assert (answer.status_code, answer.json()["error"]) == (503, "identity_provider_closed")
        assert "CLERK_SECRET_KEY" in answer.json()["message"]
        assert int(answer.headers["Retry-After"]) > 0

    async def test_while_clerk_is_down_is_to_be_tried_again(self, down: World) -> None:
        answer = await down("POST", "/auth/refresh")

        assert (answer.status_code, answer.json()["error"]) == (
            503,
            "identity_provider_unavailable",
        )
        assert int(answer.headers["Retry-After"]) > 0

    @pytest.mark.parametrize("sid", [None, ""])
    async def test_with_a_token_that_names_no_session_is_refused(
        self, world: World, sid: str | None
    ) -> None:
        headers = {"Authorization": f"Bearer {a_token(sid=sid)}"}

        answer = await world("POST", "/auth/refresh", headers=headers)

        assert (answer.status_code, answer.json()["error"]) == (400, "session_unknown")


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/refresh"])
async def test_the_token_of_a_request_is_verified_once(path: str) -> None:
    world = World().with_users(a_user())
    keys = world.keys
    assert isinstance(keys, InMemoryKeys)

    answer = await world("POST", path, by=ANN)

    assert answer.status_code == 200
    assert keys.asked == 1
