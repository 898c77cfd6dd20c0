"""The console's pages where something is amiss, and the account names it suggests."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sigmasight.entrypoints.local.console.app import create_console
from sigmasight.entrypoints.local.console.imports import next_name
from sigmasight.entrypoints.local.console.visitor import Services

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_console(Services(NOWHERE, NOWHERE, "sk_test_local", "CODE"))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_a_server_that_does_not_answer_is_named(client: httpx.AsyncClient) -> None:
    page = await client.get("/?person=ann")
    part = await client.get("/console/people/ann/account", headers={"HX-Request": "true"})

    assert (page.status_code, part.status_code) == (502, 502)
    assert f"{NOWHERE}/tokens/ann does not answer" in page.text
    assert page.text.startswith("<!doctype html>")
    assert part.text.startswith("<div")


@pytest.mark.parametrize("person", ["Ann Onymous", "<b>", "x" * 32, "1a", "../etc"])
async def test_what_is_not_a_name_is_refused_and_shown_as_text(
    client: httpx.AsyncClient, person: str
) -> None:
    page = await client.get("/", params={"person": person})

    assert page.status_code == 400
    assert "is not a name for a demo person" in page.text
    assert "<b>" not in page.text


@pytest.mark.parametrize(
    ("action", "status"), [({"action": "escalate"}, 400), ({}, 400), ({"action": "ban"}, 502)]
)
async def test_an_unknown_action_is_refused(
    client: httpx.AsyncClient, action: dict[str, str], status: int
) -> None:
    answer = await client.post("/console/people/ann/clerk", data=action)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("account", "suggestion"),
    [("Brokerage", "Brokerage 2"), ("Brokerage 9", "Brokerage 10"), ("401", "401 2")],
)
def test_another_account_gets_another_name(account: str, suggestion: str) -> None:
    assert next_name(account) == suggestion
