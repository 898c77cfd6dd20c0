"""Rates that a client may send requests at, by route."""

from asyncio import gather

import httpx
import pytest

from sigmasight.entrypoints.http.rate_limits import Rule
from tests.support.providers.application import InMemoryApplication

USAGE = "/api/v1/usage"


def client_at(api: InMemoryApplication, host: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(api.app, client=(host, 1))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_beyond_the_rate_a_client_is_refused_until_it_has_waited() -> None:
    api = InMemoryApplication(rate_limits={f"GET {USAGE}": "2/hour"})
    async with client_at(api, "192.0.2.1") as client:
        answers = [await client.get(USAGE) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "rate_limited"
    assert refused.json()["detail"] == (
        "Too many requests: at most 2 per 1 hour of this kind. Try again later."
    )
    assert 3590 <= int(refused.headers["Retry-After"]) <= 3600


async def test_headers_say_what_is_left() -> None:
    api = InMemoryApplication(rate_limits={"*": "5/minute", f"GET {USAGE}": "2/hour"})
    async with client_at(api, "192.0.2.1") as client:
        first, second, third = [await client.get(USAGE) for _ in range(3)]

    assert first.headers["RateLimit-Policy"] == '"*";q=5;w=60, "GET /api/v1/usage";q=2;w=3600'
    assert first.headers["RateLimit"].startswith('"*";r=4;t=')
    assert '"GET /api/v1/usage";r=0;t=' in second.headers["RateLimit"]
    assert '"GET /api/v1/usage";r=0;t=' in third.headers["RateLimit"]


async def test_each_network_is_counted_by_itself() -> None:
    api = InMemoryApplication(rate_limits={"*": "1/hour"})

    statuses = []
    for host in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "192.0.2.1"):
        async with client_at(api, host) as client:
            statuses.append((await client.get(USAGE)).status_code)

    assert statuses == [401, 401, 401, 429, 429]


async def test_requests_at_once_are_counted_exactly() -> None:
    api = InMemoryApplication(rate_limits={"*": "10/hour"})
    async with client_at(api, "192.0.2.1") as client:
        answers = [client.get(USAGE) for _ in range(50)]
        statuses = [answer.status_code for answer in await gather(*answers)]

    assert statuses.count(401) == 10
    assert statuses.count(429) == 40


async def test_without_the_setting_nothing_is_counted() -> None:
    async with client_at(InMemoryApplication(), "192.0.2.1") as client:
        answer = await client.get(USAGE)

    assert "RateLimit" not in answer.headers


@pytest.mark.parametrize(
    ("rule", "method", "path", "covers"),
    [
        ("*", "GET", "/api/v1/portfolios", True),
        ("*", "GET", "/health/ready", False),
        ("*", "POST", "/api/v1/webhooks/clerk", False),
        ("/api/v1/webhooks/clerk", "POST", "/api/v1/webhooks/clerk", True),
        ("/api/v1/portfolios/{portfolio_id}", "PUT", "/api/v1/portfolios/{portfolio_id}", True),
        ("GET /api/v1/portfolios", "POST", "/api/v1/portfolios", False),
        ("/api/v1/portfolios", "GET", "/api/v1/portfolios/{portfolio_id}", False),
        ("/api/v1/analytics/*", "GET", "/api/v1/analytics/aggregate/beta", True),
        ("POST /api/v1/chat/*", "GET", "/api/v1/chat/conversations", False),
    ],
)
def test_a_rule_covers_its_route_alone(rule: str, method: str, path: str, *, covers: bool) -> None:
    assert Rule.parsed(rule, "1/minute").covers(method, path) is covers
