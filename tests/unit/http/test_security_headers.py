"""Headers for browsers: on every answer, of every kind."""

import httpx
import pytest

from sigmasight.entrypoints.http.security_headers import SecurityHeaders
from tests.support.providers.application import InMemoryApplication


async def answer_of(api: InMemoryApplication, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=api.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    "path", ["/health/live", "/api/v1/auth/me", "/nowhere", "/schema", "/schema/openapi.json"]
)
async def test_no_answer_is_sniffed_or_stored(api: InMemoryApplication, path: str) -> None:
    answer = await answer_of(api, path)

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert "Strict-Transport-Security" not in answer.headers
    assert "Server" not in answer.headers


async def test_pages_run_nothing_of_others_and_are_in_no_frame(api: InMemoryApplication) -> None:
    page = await answer_of(api, "/schema")
    data = await answer_of(api, "/health/live")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "Content-Security-Policy" not in data.headers


async def test_what_never_changes_may_be_stored(api: InMemoryApplication) -> None:
    script = await answer_of(api, "/schema/assets/swagger_bundle.js")

    assert script.headers.get_list("Cache-Control") == ["public, max-age=3600"]


def test_https_is_demanded_for_as_long_as_the_setting_says() -> None:
    added = dict(SecurityHeaders(hsts_seconds=31_536_000).added_to([]))

    assert added[b"strict-transport-security"] == b"max-age=31536000"
