"""Who may use the console, which acts as any demo user: its own page on this machine."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sigmasight.entrypoints.local.console.app import with_console
from sigmasight.entrypoints.local.console.visitor import Services
from tests.support.providers.application import InMemoryApplication

HERE = "http://127.0.0.1:8000"
SERVICES = Services(HERE, "http://127.0.0.1:8001", "sk_test_local", "CODE")
STYLES = "/console/static/console.css"


@pytest.fixture(scope="module")
def api() -> InMemoryApplication:
    return InMemoryApplication()


@pytest.fixture
async def client(api: InMemoryApplication) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = with_console(api.app, SERVICES)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as client:
        yield client


@pytest.mark.parametrize("name", ["127.0.0.1:8000", "localhost:8000"])
async def test_it_answers_under_the_names_of_this_machine(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(STYLES, headers={"Host": name, "Origin": f"http://{name}"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "name",
    ["rebound.example", "rebound.example:8000", "127.0.0.1.rebound.example", "localhost.x", ""],
)
async def test_a_name_that_was_rebound_to_this_machine_is_refused(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(STYLES, headers={"Host": name})

    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
async def test_pages_of_other_sites_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    asked = await client.get(STYLES, headers=headers)
    fired = await client.post("/console/people/cleo/clerk", headers=headers)

    assert [asked.status_code, fired.status_code] == [403, 403]


async def test_a_form_of_another_site_is_refused_and_a_link_is_not(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    form = await client.post("/console/people/cleo/clerk", headers=headers)
    link = await client.get(STYLES, headers=headers)

    assert (form.status_code, link.status_code) == (403, 200)


@pytest.mark.parametrize("path", [STYLES, "/console/nothing"])
async def test_every_answer_runs_and_loads_only_what_is_the_consoles(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    [policy] = answer.headers.get_list("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in policy


async def test_the_api_beside_the_console_is_as_it_is_without(client: httpx.AsyncClient) -> None:
    me = await client.get("/api/v1/auth/me", headers={"Host": "rebound.example"})
    live = await client.get("/health/live")

    assert (me.status_code, me.json()["code"]) == (401, "token_missing")
    assert live.status_code == 200


@pytest.mark.parametrize("path", ["/", "/console/people/cleo/account", STYLES])
async def test_a_server_without_the_console_has_nothing_there(
    api: InMemoryApplication, path: str
) -> None:
    transport = httpx.ASGITransport(app=api.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        answer = await client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")
