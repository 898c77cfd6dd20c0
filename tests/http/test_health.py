"""Health, for probes and operators."""

import pytest

from tests.http.world import World


@pytest.mark.parametrize(("ok", "status"), [(True, "healthy"), (False, "degraded")])
async def test_health_is_200_and_tells_how_everything_is(
    world: World, *, ok: bool, status: str
) -> None:
    world.check.ok = ok

    answer = await world("GET", "/health", by=None)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": status,
        "checks": {"database": {"status": "ok" if ok else "failing", "figure": 7}},
        "timestamp": "2026-01-15T12:00:00Z",
    }


async def test_live_is_200_while_the_process_lives(world: World) -> None:
    world.schema.is_current = world.check.ok = False

    assert (await world("GET", "/health/live", by=None)).status_code == 200


async def test_ready_is_503_until_migrations_are_at_head(world: World) -> None:
    world.schema.is_current = False
    before = await world("GET", "/health/ready", by=None)
    world.schema.is_current = True
    after = await world("GET", "/health/ready", by=None)

    assert (before.status_code, after.status_code) == (503, 200)


async def test_metrics_are_figures_for_prometheus(world: World) -> None:
    await world("GET", "/health/live", by=None)

    answer = await world("GET", "/metrics", by=None)

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "sigmasight_http_request_duration_seconds" in answer.text
