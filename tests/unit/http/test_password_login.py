"""Email and password over HTTP, to the letter of the contract; and nothing of it switched off."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders.instants import MINUTE
from tests.support.builders.users import ANN, ANNS_ID, a_user
from tests.support.providers.application import CODE, InMemoryApplication
from tests.unit.http.password_requests import NEWCOMER, distinguishing_parts, log_in, me, register
from tests.unit.http.problems import extra_members, problem_of


class TestRegistering:
    async def test_answers_with_the_new_user(self, password_api: InMemoryApplication) -> None:
        answer = await register(password_api)

        [user] = [
            user for user in password_api.store.users.values() if user.email == NEWCOMER["email"]
        ]
        assert answer.status_code == 200
        assert answer.json() == {
            "id": str(user.id),
            "email": "cleo@example.com",
            "full_name": "Cleo New",
            "is_active": True,
            "created_at": "2026-01-15T12:00:00Z",
        }
        assert "secret" not in answer.text

    async def test_then_logging_in_and_an_invite_code_give_access(
        self, password_api: InMemoryApplication
    ) -> None:
        await register(password_api)
        token = (await log_in(password_api, **{**NEWCOMER, "full_name": None})).json()[
            "access_token"
        ]
        headers = {"Authorization": f"Bearer {token}"}
        body = {"name": "Savings", "account_name": "Broker 1"}

        before = await password_api("POST", "/portfolios", headers=headers, json=body)
        await password_api(
            "POST", "/onboarding/validate-invite", headers=headers, json={"invite_code": CODE}
        )
        after = await password_api("POST", "/portfolios", headers=headers, json=body)
        whole = (await me(password_api, token)).json()

        assert (before.status_code, after.status_code) == (403, 201)
        assert (whole["email"], whole["clerk_user_id"]) == ("cleo@example.com", None)
        assert (whole["tier"], whole["portfolio_count"]) == ("free", 1)

    @pytest.mark.parametrize("code", [CODE, "WRONG"])
    async def test_with_an_invite_code_validates_it(
        self, password_api: InMemoryApplication, code: str
    ) -> None:
        body = {**NEWCOMER, "invite_code": code}

        answer = await password_api("POST", "/onboarding/register", by=None, json=body)

        payload = answer.json()
        [user] = [
            each for each in password_api.store.users.values() if each.email == payload["email"]
        ]
        assert (answer.status_code, payload["user_id"]) == (200, str(user.id))
        assert user.invite_validated is (code == CODE)
        assert ("not valid" in payload["message"]) is (code != CODE)

    @pytest.mark.parametrize("email", ["ann@example.com", "Bob@Example.com", " bob@example.com "])
    async def test_a_duplicate_address_is_409(
        self, password_api: InMemoryApplication, email: str
    ) -> None:
        problem_of(await register(password_api, email=email), 409, "email_conflict")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"email": "cleo"}, "email"),
            ({"email": ""}, "email"),
            ({"email": "cleo@example.com\x00"}, "email"),
            ({"email": "x" * 250 + "@example.com"}, "email"),
            ({"email": None}, "email"),
            ({"password": "x" * 7}, "password"),
            ({"password": "x" * 1025}, "password"),
            ({"password": 12345678}, "password"),
            ({"full_name": ""}, "full_name"),
            ({"full_name": "  "}, "full_name"),
            ({"full_name": "x" * 256}, "full_name"),
            ({"full_name": "Cl\x00eo"}, "full_name"),
        ],
        ids=str,
    )
    async def test_with_a_wrong_field_is_400_and_names_it(
        self, password_api: InMemoryApplication, change: dict[str, Any], field: str
    ) -> None:
        [fault] = problem_of(await register(password_api, **change), 400, "validation_failed")[
            "errors"
        ]

        assert fault["field"] == field
        assert len(password_api.store.users) == 2

    @pytest.mark.parametrize("password", ["x" * 8, "x" * 1024, "🔑" * 8, " " * 8])
    async def test_with_a_password_of_8_to_1024_characters_is_accepted(
        self, password_api: InMemoryApplication, password: str
    ) -> None:
        assert (await register(password_api, password=password)).status_code == 200

    @pytest.mark.parametrize("field", ["email", "password", "full_name"])
    async def test_without_a_field_is_400(
        self, password_api: InMemoryApplication, field: str
    ) -> None:
        body = {name: value for name, value in NEWCOMER.items() if name != field}

        answer = await password_api("POST", "/auth/register", by=None, json=body)

        assert field in str(problem_of(answer, 400, "validation_failed")["errors"])

    async def test_by_a_signed_in_user_is_the_same(self, password_api: InMemoryApplication) -> None:
        assert (await password_api("POST", "/auth/register", json=NEWCOMER)).status_code == 200


class TestLoggingIn:
    async def test_answers_with_an_uncached_token_for_an_hour(
        self, password_api: InMemoryApplication
    ) -> None:
        answer = await log_in(password_api)

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        token = answer.json().pop("access_token")
        assert answer.json() == {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": 3600,
        }
        assert (await me(password_api, token)).json()["id"] == str(ANNS_ID)

    async def test_with_anything_wrong_is_401_and_always_the_same(
        self, password_api: InMemoryApplication
    ) -> None:
        password_api.store.users[ANNS_ID] = a_user(clerk_user_id=None)
        refused = [
            await log_in(password_api, password="wrong"),  # noqa: S106
            await log_in(password_api, email="nobody@example.com"),
            await log_in(password_api, email="bob@example.com"),
        ]
        for change in ({"is_active": False}, {"clerk_user_id": ANN}):
            password_api.store.users[ANNS_ID] = replace(a_user(clerk_user_id=None), **change)
            refused.append(await log_in(password_api))

        for answer in refused:
            payload = problem_of(answer, 401, "credentials_invalid")
            assert extra_members(payload) == {}
            assert distinguishing_parts(answer) == distinguishing_parts(refused[0])
            assert payload["detail"] == refused[0].json()["detail"]
        assert len(password_api.passwords.verified) == len(refused)

    @pytest.mark.parametrize(
        "change",
        [{"email": "ann"}, {"email": None}, {"password": "x" * 1025}, {"password": None}],
        ids=str,
    )
    async def test_with_a_wrong_field_is_400_and_no_attempt(
        self, password_api: InMemoryApplication, change: dict[str, Any]
    ) -> None:
        problem_of(await log_in(password_api, **change), 400, "validation_failed")

        assert password_api.store.logins == {}

    async def test_ten_attempts_per_fifteen_minutes_and_account_are_all(
        self, password_api: InMemoryApplication
    ) -> None:
        for _ in range(10):
            await log_in(password_api, password="wrong")  # noqa: S106
        password_api.clock.advance(5 * MINUTE)

        answer = await log_in(password_api, email="ANN@example.com")
        password_api.clock.advance(10 * MINUTE)
        later = await log_in(password_api)

        assert extra_members(problem_of(answer, 429, "too_many_login_attempts")) == {}
        assert answer.headers["Retry-After"] == "600"
        assert later.status_code == 200

    async def test_many_times_at_once_with_the_right_password_is_fine(
        self, password_api: InMemoryApplication
    ) -> None:
        answers = await asyncio.gather(*(log_in(password_api) for _ in range(10)))

        assert {answer.status_code for answer in answers} == {200}
