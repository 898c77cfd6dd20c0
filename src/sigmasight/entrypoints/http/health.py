"""Health checks and metrics, for probes and operators."""

import os
from datetime import datetime
from typing import Any

import msgspec
import structlog
from dishka import FromDishka
from litestar import Controller
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from sigmasight.domain.health import Health, MigrationsPendingError, Schema
from sigmasight.domain.kernel import Clock, DatabaseUnavailableError
from sigmasight.entrypoints.http.drain import Drain, ServerStoppingError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get

logger = structlog.stdlib.get_logger()


class HealthView(msgspec.Struct, frozen=True):
    status: str
    checks: dict[str, dict[str, Any]]
    timestamp: datetime


class AliveView(msgspec.Struct, frozen=True):
    status: str


class HealthController(Controller):
    tags = ["Operations"]

    @get("/health", Access.OPEN)
    async def read_health(self, health: FromDishka[Health], clock: FromDishka[Clock]) -> HealthView:
        """Check everything the server depends on."""
        results = await health()
        for name, result in results.items():
            if result.error:
                logger.error("health check broken", check=name, exc_info=result.error)
        return HealthView(
            status="healthy" if all(result.ok for result in results.values()) else "degraded",
            checks={
                name: {"status": "ok" if result.ok else "failing", **result.facts}
                for name, result in results.items()
            },
            timestamp=clock.now(),
        )

    @get("/health/live", Access.OPEN)
    async def read_liveness(self) -> AliveView:
        """Respond while the process is running."""
        return AliveView("alive")

    @get(
        "/health/ready",
        Access.OPEN,
        MigrationsPendingError,
        DatabaseUnavailableError,
        ServerStoppingError,
    )
    async def read_readiness(
        self, schema: FromDishka[Schema], drain: FromDishka[Drain]
    ) -> AliveView:
        """Respond once the database is available and its schema is current, until a stop signal."""
        drain.require_not_begun()
        await schema.require_current()
        return AliveView("ready")

    @get("/metrics", Access.OPEN, media_type=CONTENT_TYPE_LATEST)
    async def read_metrics(self) -> bytes:
        """Return metrics for Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(REGISTRY)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # adds up the metrics of all processes
        return generate_latest(registry)
