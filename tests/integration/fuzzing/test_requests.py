"""Odd values in every place of every route, over a real database, drawn with fixed seeds."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from random import Random
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec
import pytest

from tests.integration.database_rows import Rows
from tests.integration.fuzzing.odd_values import ODD_BODIES, ODD_HEADERS, ODD_JSON, ODD_TEXTS
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_servers import Server
from tests.unit.http.test_other_users_ids import BODIES, ROUTES, Route

ANN: Final = a_person("ann")
PER_ROUTE: Final = 10
FORM: Final = {
    "portfolio_name": "P",
    "account_name": "Broker",
    "account_type": "ira",
    "equity_balance": "1",
}
FILE: Final = b"Symbol,Quantity,Entry Price Per Share,Entry Date\nACME,1,2,2025-01-02\n"
UPLOADS: Final = (
    "/onboarding/create-portfolio",
    "/onboarding/import-preview",
    "/portfolios/{portfolio_id:uuid}/import",
)
CHARSETS: Final = ("utf-8", "bogus", "utf-16", "ascii", "", "idna", "zlib", "\xff")

Sent = tuple[str, str, dict[str, Any]]
"""A method, a path, and what httpx sends with it."""


@pytest.fixture
async def client(two_servers: Sequence[Server], rows: Rows) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that knows Ann."""
    await rows.add_user(ANN, tier="paid")
    async with httpx.AsyncClient(base_url=f"{two_servers[0].url}/api/v1", timeout=60) as opened:
        yield opened


@pytest.fixture
async def ids(client: httpx.AsyncClient) -> dict[str, str]:
    """The ids of a portfolio of Ann's, and of what it has."""
    made = await client.post(
        "/portfolios", json={"name": "Mine", "account_name": "Broker"}, headers=signed_in()
    )
    portfolio = made.json()["id"]
    body = BODIES["POST", "/positions"]
    held = await client.post(f"/positions?portfolio_id={portfolio}", json=body, headers=signed_in())
    tag = await client.post("/tags", json={"name": "Mine"}, headers=signed_in())
    return {
        "portfolio_id": portfolio,
        "position_id": held.json()["id"],
        "tag_id": tag.json()["id"],
    }


def signed_in() -> dict[str, str]:
    return {"Authorization": f"Bearer {ANN.token()}"}


@pytest.mark.parametrize("seed", range(3))
async def test_odd_json_is_never_an_error_of_ours(
    client: httpx.AsyncClient, ids: dict[str, str], seed: int
) -> None:
    chance = Random(seed)  # noqa: S311

    await assert_no_error_of_ours(client, _in_bodies(chance, ids))


@pytest.mark.parametrize("seed", range(2))
async def test_odd_paths_and_queries_are_never_an_error_of_ours(
    client: httpx.AsyncClient, ids: dict[str, str], seed: int
) -> None:
    chance = Random(seed)  # noqa: S311

    await assert_no_error_of_ours(client, _in_paths_and_queries(chance, ids))


@pytest.mark.parametrize("seed", range(2))
async def test_odd_forms_are_never_an_error_of_ours(
    client: httpx.AsyncClient, ids: dict[str, str], seed: int
) -> None:
    chance = Random(seed)  # noqa: S311

    await assert_no_error_of_ours(client, _in_forms(chance, ids))


async def test_odd_headers_are_never_an_error_of_ours(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    await assert_no_error_of_ours(client, _in_headers(ids))


async def test_a_number_out_of_range_is_refused_by_the_name_of_its_field(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    body = b'{"symbol":"A","quantity":1E999999999999999999999,"avg_cost":1,"position_type":"LONG"'
    answer = await client.post(
        f"/positions?portfolio_id={ids['portfolio_id']}",
        content=body + b',"investment_class":"PUBLIC"}',
        headers={**signed_in(), "Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["quantity"]


@pytest.mark.parametrize(
    ("header", "value"), [("", b"\xff"), ("; charset=bogus", b"x"), ("; charset=ascii", b"\xff")]
)
async def test_text_in_another_encoding_is_refused_by_the_name_of_its_field(
    client: httpx.AsyncClient, ids: dict[str, str], header: str, value: bytes
) -> None:
    del ids
    content = _part("description", value, f"text/plain{header}") + b"--x--\r\n"

    answer = await client.post(
        "/onboarding/import-preview",
        content=content,
        headers={**signed_in(), "Content-Type": "multipart/form-data; boundary=x"},
    )

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["description"]


@pytest.mark.parametrize(
    "tags", ['{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":[{"b":1E999999999999}]}']
)
async def test_tags_of_a_memory_that_cannot_be_stored_are_refused(
    client: httpx.AsyncClient, tags: str
) -> None:
    answer = await client.post(
        "/agent/memories",
        content=f'{{"content":"x","tags":{tags}}}',
        headers={**signed_in(), "Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["tags"]


async def assert_no_error_of_ours(client: httpx.AsyncClient, requests: Iterator[Sent]) -> None:
    sent, wrong = 0, []
    for method, path, what in requests:
        headers = {**signed_in(), **what.pop("headers", {})}
        try:
            answer = await client.request(method, path, headers=headers, **what)
        except (httpx.InvalidURL, httpx.LocalProtocolError):
            continue  # httpx does not send it
        sent += 1
        if fault := _fault(answer):
            wrong.append((fault, method, path, str(what)[:300], answer.text[:300]))
    assert wrong == []
    assert sent > 20


def _fault(answer: httpx.Response) -> str | None:
    if answer.status_code >= 500 and "Retry-After" not in answer.headers:
        return str(answer.status_code)
    if answer.status_code < 400 or not answer.content:
        return None
    is_json = answer.headers.get("Content-Type", "").startswith("application/")
    is_problem = is_json and {"status", "detail"} <= answer.json().keys()
    return None if is_problem else "no problem document"


def _path(route: Route, ids: dict[str, str]) -> str:
    path = route.path
    for name in route_names(route):
        path = path.replace(f"{{{name}:uuid}}", ids.get(name) or str(uuid4()))
    return path.replace("{symbol:str}", "ACME").replace("{batch_run_id:uuid}", str(uuid4()))


def route_names(route: Route) -> Sequence[str]:
    return [part.split(":")[0][1:] for part in route.path.split("/") if part.endswith(":uuid}")]


def _routes() -> Sequence[Route]:
    return [route for route in ROUTES.values() if route.path != "/metrics"]


def _in_bodies(chance: Random, ids: dict[str, str]) -> Iterator[Sent]:
    for route in _routes():
        if route.method not in {"POST", "PUT", "PATCH", "DELETE"} or route.path in UPLOADS:
            continue
        whole = dict(BODIES.get((route.method, route.path), {}))
        names = [*whole, *(route.body or ()), "unknown_member"]
        for _ in range(PER_ROUTE):
            name, odd = chance.choice(names), chance.choice(ODD_JSON)
            members = {each: json.dumps(value) for each, value in whole.items()}
            members |= {each: json.dumps(ids[each]) for each in route.body or () if each in ids}
            members[name] = odd
            text = ",".join(f"{json.dumps(each)}:{value}" for each, value in members.items())
            yield _sent(route, ids, f"{{{text}}}".encode("utf-8", "surrogatepass"))
        yield _sent(route, ids, chance.choice(ODD_BODIES))


def _sent(route: Route, ids: dict[str, str], content: bytes) -> Sent:
    query = {name: ids[name] for name in route.query if name in ids}
    headers = {"Content-Type": "application/json"}
    return (
        route.method,
        _path(route, ids),
        {
            "content": content,
            "headers": headers,
            "params": query,
        },
    )


def _in_paths_and_queries(chance: Random, ids: dict[str, str]) -> Iterator[Sent]:
    for route in _routes():
        if route.method != "GET":
            continue
        path = _path(route, ids)
        for _ in range(PER_ROUTE):
            odd = chance.choice(ODD_TEXTS)
            yield "GET", path, {"params": dict.fromkeys(QUERIES, odd[:5000])}
            parts = path.split("/")
            parts[chance.randrange(1, len(parts))] = quote(odd[:2_000] or "x", safe="")
            yield "GET", "/".join(parts), {}


QUERIES: Final = (
    *("limit", "offset", "symbol", "symbols", "query", "search", "sort", "order", "months"),
    *("start_date", "end_date", "lookback_days", "portfolio_id", "portfolio_ids", "scenarios"),
    *("include_closed", "is_archived", "scope", "position_ids", "min_market_cap", "sectors"),
)


def _part(name: str, value: bytes, kind: str, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    about = f'form-data; name="{name}"{file}'
    head = f"--x\r\nContent-Disposition: {about}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode("latin-1", "replace") + value + b"\r\n"


def _in_forms(chance: Random, ids: dict[str, str]) -> Iterator[Sent]:
    names = [*FORM, "mapping", "accounts", "as_of", "date_format", "decimal_separator", "strict"]
    for route in (route for route in _routes() if route.path in UPLOADS):
        for _ in range(8 * PER_ROUTE):
            own = {**FORM, "account_name": str(uuid4())}
            own[chance.choice(names)] = chance.choice(ODD_TEXTS)[:20_000]
            charset = chance.choice(CHARSETS)
            parts = [
                _part(
                    name, value.encode("utf-8", "surrogatepass"), f"text/plain; charset={charset}"
                )
                for name, value in own.items()
            ]
            odd = chance.choice([FILE, *ODD_BODIES])
            parts.append(_part("csv_file", odd, "text/csv", chance.choice(["a.csv", "", "a\xff"])))
            chance.shuffle(parts)
            end = chance.choice([b"--x--\r\n", b"--x--", b"", b"--y--"])
            boundary = chance.choice(["x", "x", "x", "y", "", '"', "x" * 300])
            headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
            yield (
                route.method,
                _path(route, ids),
                {
                    "content": b"".join(parts) + end,
                    "headers": headers,
                },
            )


def _in_headers(ids: dict[str, str]) -> Iterator[Sent]:
    body = msgspec.json.encode(BODIES["POST", "/positions"])
    for name, value in ODD_HEADERS:
        for method, path, content in (
            ("GET", "/auth/me", b""),
            ("POST", f"/positions?portfolio_id={ids['portfolio_id']}", body),
            ("POST", "/webhooks/clerk", b"{}"),
            ("POST", "/chat/conversations", b"{}"),
        ):
            yield method, path, {"headers": {name: value}, "content": content}
