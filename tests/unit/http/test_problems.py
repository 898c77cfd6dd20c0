"""Every refusal is a problem (RFC 9457) with our members, wherever it is raised."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from structlog.typing import EventDict

from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.domain.portfolios.portfolio import AccountType
from tests.support.builders.clerk_events import user_created
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.session_tokens import a_token
from tests.support.builders.users import BOB, a_user
from tests.support.providers.application import InMemoryApplication

BODY = {"name": "Savings", "account_name": "Broker 1"}
NOWHERE = f"/portfolios/{UUID(int=9)}"


def problem_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return a refusal's members, once those that all of them have are as they should be."""
    said: dict[str, Any] = answer.json()
    assert (answer.status_code, said["error"]) == (status, code), said
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["type"] == f"urn:sigmasight:error:{code}"
    assert said["status"] == status
    assert said["title"]
    assert said["detail"] == said["message"]
    assert said["detail"].endswith((".", "”"))
    assert said["instance"] == answer.headers["X-Request-ID"]
    assert ("WWW-Authenticate" in answer.headers) == (
        status == 401 and code != "webhook_signature_invalid"
    )
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    return said


def extra_members(said: dict[str, Any]) -> dict[str, Any]:
    always = {"type", "title", "status", "detail", "instance", "error", "message"}
    return {member: value for member, value in said.items() if member not in always}


class TestBodies:
    @pytest.mark.parametrize(
        "content",
        [
            *(b"", b"{", b"not json", b"{} {}", b"'", b"\xff\xfe", b'{"name": "\xff"}'),
            *(b"[" * 100_000, b'{"name": NaN}', b"\x00", b'{"name": "\\ud800"}'),
        ],
    )
    async def test_that_are_not_json_are_400(
        self, api: InMemoryApplication, content: bytes
    ) -> None:
        answer = await api("POST", "/portfolios", content=content)

        said = problem_of(answer, 400, "validation_failed")
        assert [fault["message"] for fault in said["errors"]]

    @pytest.mark.parametrize("body", [[], "text", 5, None, True])
    async def test_that_are_no_object_are_400(self, api: InMemoryApplication, body: object) -> None:
        answer = await api("POST", "/portfolios", json=body)

        problem_of(answer, 400, "validation_failed")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": 5}, "name"),
            ({"name": None}, "name"),
            ({"name": ""}, "name"),
            ({"name": "x" * 256}, "name"),
            ({"name": "Sav\x00ings"}, "name"),
            ({"account_name": "x" * 101}, "account_name"),
            ({"account_name": "\x00"}, "account_name"),
            ({"account_type": "savings"}, "account_type"),
            ({"description": "x" * 1001}, "description"),
            ({"description": "a\x00b"}, "description"),
            ({"currency": "EURO"}, "currency"),
            ({"currency": "€"}, "currency"),
            ({"is_active": "yes"}, "is_active"),
            ({"equity_balance": "a lot"}, "equity_balance"),
            ({"equity_balance": True}, "equity_balance"),
            ({"equity_balance": []}, "equity_balance"),
        ],
        ids=str,
    )
    async def test_with_a_wrong_field_are_400_and_name_it(
        self, api: InMemoryApplication, change: dict[str, Any], field: str
    ) -> None:
        answer = await api("POST", "/portfolios", json={**BODY, **change})

        [fault] = problem_of(answer, 400, "validation_failed")["errors"]
        assert set(fault) == {"field", "message", "code"}
        assert fault["field"] == field
        assert fault["message"]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": " "}, "Must be text on one line, and not blank."),
            ({"name": "x" * 256}, "Must be at most 255 long."),
            (
                {"account_type": "savings"},
                f"'savings' is not one of {', '.join(AccountType)}.",
            ),
            ({"description": "a\x00b"}, "Must not hold a NUL."),
            ({"currency": "€"}, "Must be three letters, such as USD."),
            ({"equity_balance": "a lot"}, "Expected a decimal number such as 125000.00."),
        ],
        ids=str,
    )
    async def test_with_a_wrong_field_get_readable_messages(
        self, api: InMemoryApplication, change: dict[str, Any], words: str
    ) -> None:
        answer = await api("POST", "/portfolios", json={**BODY, **change})

        [fault] = problem_of(answer, 400, "validation_failed")["errors"]
        assert fault["message"] == words

    async def test_without_a_field_are_400_and_name_it(self, api: InMemoryApplication) -> None:
        answer = await api("POST", "/portfolios", json={"name": "Savings"})

        said = problem_of(answer, 400, "validation_failed")
        required = {"field": "account_name", "message": "Required.", "code": "required"}
        assert said["errors"] == [required]
        assert said["detail"] == "account_name: Required."

    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
    async def test_of_another_type_are_415(self, api: InMemoryApplication, media_type: str) -> None:
        answer = await api(
            "POST", "/portfolios", content=b"{}", headers={"Content-Type": media_type}
        )

        problem_of(answer, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "media_type", ["application/json", "application/json; charset=utf-8", "application/x+json"]
    )
    async def test_of_any_json_type_are_read(
        self, api: InMemoryApplication, media_type: str
    ) -> None:
        answer = await api(
            "POST",
            "/portfolios",
            content=b'{"name": "a", "account_name": "b"}',
            headers={"Content-Type": media_type},
        )

        assert answer.status_code == 201

    async def test_over_1_mb_are_413_with_the_limit(self, api: InMemoryApplication) -> None:
        answer = await api("POST", "/portfolios", content=b" " * (1024 * 1024 + 1))

        said = problem_of(answer, 413, "body_too_large")
        assert extra_members(said) == {"limit_bytes": 1024 * 1024}

    async def test_over_256_kb_are_413_for_a_webhook(self, api: InMemoryApplication) -> None:
        answer = await api("POST", "/webhooks/clerk", content=b" " * (256 * 1024 + 1))

        said = problem_of(answer, 413, "body_too_large")
        assert extra_members(said) == {"limit_bytes": 256 * 1024}


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        ["/nowhere", "/portfolios/not-a-uuid", "/portfolios/5", "/auth/login", "/auth", "//"],
    )
    async def test_unknown_are_404(self, api: InMemoryApplication, path: str) -> None:
        problem_of(await api("GET", path), 404, "route_not_found")

    @pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
    async def test_that_do_not_know_a_method_are_405(
        self, api: InMemoryApplication, method: str
    ) -> None:
        answer = await api(method, "/portfolios")

        problem_of(answer, 405, "method_not_allowed")
        assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))

    async def test_with_a_wrong_parameter_are_400_and_name_it(
        self, api: InMemoryApplication
    ) -> None:
        answer = await api("GET", "/portfolios?include_inactive=perhaps")

        [fault] = problem_of(answer, 400, "validation_failed")["errors"]
        assert fault["field"] == "include_inactive"

    @pytest.mark.parametrize(
        ("path", "field", "words"),
        [
            ("/agent/memories?scope=world", "scope", "'world' is not one of user, portfolio."),
            (
                f"{NOWHERE}/equity-changes/export?format=pdf",
                "format",
                "'pdf' is not one of csv.",
            ),
            (f"{NOWHERE}/equity-changes?start_date=x", "start_date", "Must be a day, YYYY-MM-DD."),
            (f"{NOWHERE}/equity-changes?page=0", "page", "Must be at least 1."),
        ],
    )
    async def test_with_a_wrong_parameter_name_it_as_clients_do(
        self, api: InMemoryApplication, path: str, field: str, words: str
    ) -> None:
        answer = await api("GET", path)

        [fault] = problem_of(answer, 400, "validation_failed")["errors"]
        assert fault == {"field": field, "message": words, "code": "invalid"}

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    async def test_of_missing_resources_are_404(
        self, api: InMemoryApplication, method: str
    ) -> None:
        problem_of(await api(method, NOWHERE, json={}), 404, "portfolio_not_found")


class TestRefusals:
    async def test_without_authentication_are_401(self, api: InMemoryApplication) -> None:
        problem_of(await api("GET", "/auth/me", by=None), 401, "token_missing")

    async def test_of_webhooks_not_signed_are_401_without_a_challenge(
        self, api: InMemoryApplication
    ) -> None:
        answer = await api("POST", "/webhooks/clerk", by=None, content=user_created())

        problem_of(answer, 401, "webhook_signature_invalid")

    async def test_of_those_without_an_address_are_401(self, api: InMemoryApplication) -> None:
        nameless = {"Authorization": f"Bearer {a_token(sub=BOB, email=None)}"}

        answer = await api("GET", "/auth/me", headers=nameless)

        problem_of(answer, 401, "email_claim_missing")

    async def test_without_an_invite_are_403_with_the_next_step(
        self, api: InMemoryApplication
    ) -> None:
        api.with_users(a_user(invite_validated=False))

        said = problem_of(await api("POST", "/portfolios", json=BODY), 403, "invite_required")

        assert extra_members(said) == {"redirect": "/settings"}

    async def test_of_one_portfolio_too_many_are_403_with_the_limit(
        self, api: InMemoryApplication
    ) -> None:
        for number in range(2):
            portfolio = a_portfolio(terms=terms(account_name=f"Account {number}"))
            api.store.portfolios[portfolio.user_id, portfolio.id] = portfolio

        answer = await api("POST", "/portfolios", json=BODY)

        said = problem_of(answer, 403, "portfolio_limit_reached")
        assert extra_members(said) == {"limit": 2, "current_count": 2, "tier": "free"}

    async def test_of_a_duplicate_name_are_409(self, api: InMemoryApplication) -> None:
        await api("POST", "/portfolios", json=BODY)

        problem_of(await api("POST", "/portfolios", json=BODY), 409, "account_name_taken")

    async def test_of_a_duplicate_address_are_409(self, api: InMemoryApplication) -> None:
        api.with_users(a_user(email="user_bob@example.com"))

        problem_of(await api("GET", "/auth/me", by=BOB), 409, "email_conflict")

    async def test_of_a_wrong_invite_code_are_400(self, api: InMemoryApplication) -> None:
        api.with_users(a_user())

        answer = await api("POST", "/onboarding/validate-invite", json={"invite_code": "x"})

        assert extra_members(problem_of(answer, 400, "invalid_invite_code")) == {}

    async def test_of_too_many_wrong_codes_are_429_with_a_retry_after(
        self, api: InMemoryApplication
    ) -> None:
        api.with_users(a_user())
        wrong = {"invite_code": "x"}
        for _ in range(10):
            await api("POST", "/onboarding/validate-invite", json=wrong)

        answer = await api("POST", "/onboarding/validate-invite", json=wrong)

        problem_of(answer, 429, "too_many_invite_attempts")
        assert answer.headers["Retry-After"] == "900"


class TestFaultsOfOurs:
    @pytest.mark.parametrize("callers", [True, False], ids=["in the guard", "in the handler"])
    async def test_are_500_logged_in_full_without_the_cause_in_the_response(
        self, api: InMemoryApplication, log: list[EventDict], *, callers: bool
    ) -> None:
        failure = RuntimeError("the password is hunter2")
        api.fail_with(failure, callers=callers)

        answer = await api("POST", "/portfolios", json=BODY)

        said = problem_of(answer, 500, "internal_error")
        assert extra_members(said) == {}
        assert "hunter2" not in answer.text
        assert "RuntimeError" not in answer.text
        assert "hunter2" not in str(answer.headers)
        [line] = [line for line in log if line["log_level"] == "error"]
        assert line["exc_info"] is failure

    @pytest.mark.parametrize("callers", [True, False], ids=["in the guard", "in the handler"])
    async def test_in_the_database_are_503(
        self, api: InMemoryApplication, *, callers: bool
    ) -> None:
        api.fail_with(DatabaseUnavailableError(), callers=callers)

        answer = await api("POST", "/portfolios", json=BODY)

        problem_of(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0

    async def test_at_the_identity_provider_are_503(self, api: InMemoryApplication) -> None:
        api.fail_with(IdentityProviderUnavailableError(), callers=True)

        problem_of(await api("GET", "/auth/me"), 503, "identity_provider_unavailable")

    async def test_of_a_database_that_is_behind_are_503(self, api: InMemoryApplication) -> None:
        api.schema.is_current = False

        problem_of(await api("GET", "/health/ready", by=None), 503, "migrations_pending")
