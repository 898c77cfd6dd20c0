"""Password login while it is switched off, and the tokens it issues."""

from dataclasses import replace
from typing import Any

import pytest

from sigmasight.domain.kernel import DatabaseUnavailableError
from tests.support.builders.instants import MINUTE
from tests.support.builders.password_tokens import a_legacy_token
from tests.support.builders.session_tokens import a_token
from tests.support.builders.users import ANN, ANNS_ID, BOB, a_user
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.password_requests import NEWCOMER, distinguishing_parts, log_in, me
from tests.unit.http.problems import problem_of

SWITCHED_OFF = ["/auth/register", "/auth/login"]


async def token_of(api: InMemoryApplication) -> str:
    token: str = (await log_in(api)).json()["access_token"]
    return token


class TestSwitchedOffBothAre404AndTheirTokens401:
    @pytest.mark.parametrize("path", SWITCHED_OFF)
    @pytest.mark.parametrize(
        "sent",
        [
            {"json": NEWCOMER},
            {"json": {}},
            {"json": []},
            {"content": b""},
            {"content": b"{broken"},
            {"content": b"{}", "headers": {"Content-Type": "text/odd"}},
            {"content": b" " * (2 * 1024 * 1024)},
            {"data": {"email": "ann@example.com"}},
        ],
        ids=["right", "empty", "list", "none", "broken", "odd type", "too large", "form"],
    )
    async def test_whatever_the_body(
        self, api: InMemoryApplication, path: str, sent: dict[str, Any]
    ) -> None:
        answer = await api("POST", path, by=None, **sent)
        nowhere = await api("POST", "/auth/nowhere", by=None, **sent)

        assert distinguishing_parts(answer) == distinguishing_parts(nowhere)
        problem_of(answer, 404, "route_not_found")
        assert api.store.logins == {}

    @pytest.mark.parametrize("path", SWITCHED_OFF)
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    async def test_whatever_the_method(
        self, api: InMemoryApplication, path: str, method: str
    ) -> None:
        answer = await api(method, path, by=None)
        nowhere = await api(method, "/auth/nowhere", by=None)

        assert distinguishing_parts(answer) == distinguishing_parts(nowhere)
        assert answer.status_code == 404

    async def test_whoever_calls(self, api: InMemoryApplication) -> None:
        for path in SWITCHED_OFF:
            problem_of(await api("POST", path, by=ANN, json=NEWCOMER), 404, "route_not_found")

    async def test_and_a_token_made_before_signs_nobody_in(self, api: InMemoryApplication) -> None:
        api.with_users(a_user(clerk_user_id=None, invite_validated=True))

        problem_of(await me(api, a_legacy_token()), 401, "token_signature_invalid")

    async def test_also_with_a_key_to_sign_with(self) -> None:
        api = InMemoryApplication(secret_key="a secret of the tests, long enough")  # noqa: S106
        api.with_users(a_user(clerk_user_id=None))

        problem_of(await log_in(api), 404, "route_not_found")
        problem_of(await me(api, a_legacy_token()), 401, "token_signature_invalid")


@pytest.mark.parametrize("path", SWITCHED_OFF)
async def test_without_a_database_is_503_and_costs_no_hash(
    password_api: InMemoryApplication, path: str
) -> None:
    password_api.fail_with(DatabaseUnavailableError())

    answer = await password_api("POST", path, by=None, json=NEWCOMER)

    problem_of(answer, 503, "database_unavailable")
    assert password_api.passwords.verified == []


class TestTokens:
    async def test_expire(self, password_api: InMemoryApplication) -> None:
        token = await token_of(password_api)
        password_api.clock.advance(61 * MINUTE)

        problem_of(await me(password_api, token), 401, "token_expired")

    @pytest.mark.parametrize(
        "change", [{"is_active": False}, {"clerk_user_id": ANN}], ids=["inactive", "linked"]
    )
    async def test_count_only_as_long_as_their_user_signs_in_with_a_password(
        self, password_api: InMemoryApplication, change: dict[str, Any]
    ) -> None:
        token = await token_of(password_api)
        before = await me(password_api, token)
        password_api.store.users[ANNS_ID] = replace(password_api.store.users[ANNS_ID], **change)

        assert before.status_code == 200
        problem_of(await me(password_api, token), 401, "account_inactive")
        listed = await password_api(
            "GET", "/portfolios", headers={"Authorization": f"Bearer {token}"}
        )
        problem_of(listed, 401, "account_inactive")

    async def test_of_a_user_who_is_linked_to_clerk_end_at_once(
        self, password_api: InMemoryApplication
    ) -> None:
        token = await token_of(password_api)
        headers = {"Authorization": f"Bearer {a_token(sub=ANN, email_verified=True)}"}

        by_clerk = await password_api("GET", "/auth/me", headers=headers)

        assert by_clerk.json()["id"] == str(ANNS_ID)
        problem_of(await me(password_api, token), 401, "account_inactive")
        problem_of(await log_in(password_api), 401, "credentials_invalid")

    @pytest.mark.parametrize("cookie", ["__session", "__session_QvfNY2dr"])
    async def test_are_not_accepted_in_a_cookie(
        self, password_api: InMemoryApplication, cookie: str
    ) -> None:
        cookies = {cookie: await token_of(password_api)}

        answer = await password_api("GET", "/auth/me", by=None, cookies=cookies)

        problem_of(answer, 401, "token_signature_invalid")

    async def test_are_accepted_along_with_clerks(self, password_api: InMemoryApplication) -> None:
        assert (await password_api("GET", "/auth/me", by=BOB)).json()["clerk_user_id"] == BOB
        assert (await me(password_api, await token_of(password_api))).json()[
            "clerk_user_id"
        ] is None
        cookies = {"__session": a_token(sub=BOB)}
        by_cookie = await password_api("GET", "/auth/me", by=None, cookies=cookies)
        assert by_cookie.json()["clerk_user_id"] == BOB

    async def test_of_unknown_users_are_refused_and_create_no_row(
        self, password_api: InMemoryApplication
    ) -> None:
        token = a_legacy_token(sub="00000000-0000-0000-0000-00000000dead")

        problem_of(await me(password_api, token), 401, "account_inactive")

        assert len(password_api.store.users) == 2
