"""Every refusal is a problem (RFC 9457) with our members, wherever it is raised."""

from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.portfolios.portfolio import AccountType
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.problems import BODY, extra_members, problem_of

NOWHERE = f"/portfolios/{UUID(int=9)}"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/problem+json", "application/problem+json"),
        ("application/json, application/problem+json;q=0.9", "application/problem+json"),
    ],
)
async def test_a_problem_is_json_unless_the_client_names_its_own_type(
    api: InMemoryApplication, accept: str | None, content_type: str
) -> None:
    headers = {"Accept": accept} if accept else {}

    answer = await api("GET", NOWHERE, headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, content_type)
    assert "Accept" in answer.headers["Vary"]
    assert answer.json()["error"] == answer.json()["code"] == "portfolio_not_found"


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

        payload = problem_of(answer, 400, "validation_failed")
        assert [fault["message"] for fault in payload["errors"]]

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

        payload = problem_of(answer, 400, "validation_failed")
        required = {"field": "account_name", "message": "Required.", "code": "required"}
        assert payload["errors"] == [required]
        assert payload["detail"] == "account_name: Required."

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

        payload = problem_of(answer, 413, "body_too_large")
        assert extra_members(payload) == {"limit_bytes": 1024 * 1024}

    async def test_over_256_kb_are_413_for_a_webhook(self, api: InMemoryApplication) -> None:
        answer = await api("POST", "/webhooks/clerk", content=b" " * (256 * 1024 + 1))

        payload = problem_of(answer, 413, "body_too_large")
        assert extra_members(payload) == {"limit_bytes": 256 * 1024}


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
            (
                f"{NOWHERE}/equity-changes?start_date=x",
                "start_date",
                "Must be a date in the form YYYY-MM-DD.",
            ),
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
