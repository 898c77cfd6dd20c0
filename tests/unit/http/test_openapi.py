"""The API's description: every path of the contract, every refusal of its guard."""

import re
from typing import Any

import httpx
import pytest

from sigmasight.entrypoints.http.guards import Access
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.test_routes import CONTRACT, LEGACY, OURS

PARAMETER_TYPE = re.compile(":(uuid|str)")
REFUSALS = {
    Access.OPEN: set(),
    Access.SIGNED_IN: {"401", "403", "409", "503"},
    Access.VALIDATED: {"401", "403", "409", "503"},
    Access.ADMIN: {"401", "403", "409", "503"},
}
CODES = {
    Access.OPEN: (),
    Access.SIGNED_IN: ("token_missing", "token_expired", "account_inactive", "email_conflict"),
    Access.VALIDATED: ("token_missing", "account_inactive", "invite_required"),
    Access.ADMIN: ("token_missing", "invite_required", "admin_required"),
}


@pytest.fixture(scope="session")
def paths(application: InMemoryApplication) -> dict[str, Any]:
    described: dict[str, Any] = application.app.openapi_schema.to_schema()["paths"]
    return described


def operation(paths: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = paths[PARAMETER_TYPE.sub("", path)][method.lower()]
    return found


def test_every_path_of_the_contract_is_described_and_no_other(paths: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path in paths for method in paths[path]}

    assert described == {(method, PARAMETER_TYPE.sub("", path)) for method, path in OURS}


def test_password_login_is_described_while_it_is_enabled(
    password_application: InMemoryApplication,
) -> None:
    paths = password_application.app.openapi_schema.to_schema()["paths"]

    assert paths.keys() == {PARAMETER_TYPE.sub("", path) for _, path in {*OURS, *LEGACY}}
    register, login, onboard = [operation(paths, *route) for route in LEGACY]
    for each in (register, onboard):
        assert each["responses"].keys() == {"200", "400", "409", "413", "415", "429", "500", "503"}
    assert login["responses"].keys() == {"200", "400", "401", "413", "415", "429", "500", "503"}
    assert "`credentials_invalid`" in login["responses"]["401"]["description"]
    assert "`too_many_login_attempts`" in login["responses"]["429"]["description"]
    assert register["security"] == login["security"] == []


@pytest.mark.parametrize(("method", "path"), sorted(OURS))
def test_every_operation_documents_the_refusals_of_its_guard(
    paths: dict[str, Any], method: str, path: str
) -> None:
    access = CONTRACT[method, path]
    responses = operation(paths, method, path)["responses"]

    assert REFUSALS[access] <= responses.keys()
    described = " ".join(response["description"] for response in responses.values())
    assert [code for code in CODES[access] if f"`{code}`" not in described] == []


@pytest.mark.parametrize(("method", "path"), sorted(OURS))
def test_every_operation_is_summarized_in_a_sentence(
    paths: dict[str, Any], method: str, path: str
) -> None:
    assert re.fullmatch(r"[A-Z][^\n]+\.", operation(paths, method, path)["summary"])


@pytest.mark.parametrize(("method", "path"), sorted(OURS))
def test_every_operation_states_whether_it_authenticates(
    paths: dict[str, Any], method: str, path: str
) -> None:
    security = operation(paths, method, path)["security"]

    assert bool(security) == (CONTRACT[method, path] is not Access.OPEN)


@pytest.mark.parametrize(("method", "path"), sorted(OURS))
def test_every_refusal_is_described_as_a_problem(
    paths: dict[str, Any], method: str, path: str
) -> None:
    responses = operation(paths, method, path)["responses"]

    refusals = [response for status, response in responses.items() if int(status) >= 400]
    for refusal in refusals:
        assert list(refusal["content"]) == ["application/json", "application/problem+json"]
    assert [each for each in refusals if not each["content"]["application/json"]["examples"]] == []


async def test_the_description_and_its_page_are_served_without_another_host(
    api: InMemoryApplication,
) -> None:
    transport = httpx.ASGITransport(app=api.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        schema = await client.get("/schema/openapi.json")
        page = await client.get("/schema")
        script = await client.get("/schema/assets/swagger_bundle.js")
        nothing = await client.get("/schema/assets/passwords.txt")

    assert schema.json()["info"]["title"] == "SigmaSight"
    assert "https://" not in page.text
    assert (script.status_code, nothing.status_code) == (200, 404)
