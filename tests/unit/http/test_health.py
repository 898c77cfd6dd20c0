"""Health, for probes and operators."""

import pytest

from tests.support.providers.application import InMemoryApplication


@pytest.mark.parametrize(("ok", "status"), [(True, "healthy"), (False, "degraded")])
async def test_health_is_200_with_every_check(
    api: InMemoryApplication, *, ok: bool, status: str
) -> None:
    api.check.ok = ok

    answer = await api("GET", "/health", by=None)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": status,
        "checks": {"database": {"status": "ok" if ok else "failing", "figure": 7}},
        "timestamp": "2026-01-15T12:00:00Z",
    }


async def test_live_is_200_while_the_process_lives(api: InMemoryApplication) -> None:
    api.schema.is_current = api.check.ok = False

    assert (await api("GET", "/health/live", by=None)).status_code == 200


async def test_ready_is_503_until_migrations_are_at_head(api: InMemoryApplication) -> None:
    api.schema.is_current = False
    before = await api("GET", "/health/ready", by=None)
    api.schema.is_current = True
    after = await api("GET", "/health/ready", by=None)

    assert (before.status_code, after.status_code) == (503, 200)


async def test_metrics_are_in_the_prometheus_format(api: InMemoryApplication) -> None:
    await api("GET", "/health/live", by=None)

    answer = await api("GET", "/metrics", by=None)

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "sigmasight_http_request_duration_seconds" in answer.text
