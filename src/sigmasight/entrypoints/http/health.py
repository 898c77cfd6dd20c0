"""How the server is, for probes and operators."""

import os
from datetime import datetime
from typing import Any

import msgspec
from dishka import FromDishka
from litestar import Controller
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from sigmasight.domain.health import Health, MigrationsPendingError, Schema
from sigmasight.domain.kernel import Clock, DatabaseUnavailableError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get


class HealthView(msgspec.Struct, frozen=True):
    status: str
    checks: dict[str, dict[str, Any]]
    timestamp: datetime


class AliveView(msgspec.Struct, frozen=True):
    status: str


class HealthController(Controller):
    tags = ["Operations"]

    @get("/health", Access.OPEN)
    async def read_health(self, look: FromDishka[Health], clock: FromDishka[Clock]) -> HealthView:
        """Tell how everything is that the server depends on."""
        findings = await look()
        return HealthView(
            status="healthy" if all(finding.ok for finding in findings.values()) else "degraded",
            checks={
                name: {"status": "ok" if finding.ok else "failing", **finding.facts}
                for name, finding in findings.items()
            },
            timestamp=clock.now(),
        )

    @get("/health/live", Access.OPEN)
    async def read_liveness(self) -> AliveView:
        """Answer while the process lives."""
        return AliveView("alive")

    @get("/health/ready", Access.OPEN, MigrationsPendingError, DatabaseUnavailableError)
    async def read_readiness(self, schema: FromDishka[Schema]) -> AliveView:
        """Answer once the database does and is at this version's schema."""
        await schema.require_current()
        return AliveView("ready")

    @get("/metrics", Access.OPEN, media_type=CONTENT_TYPE_LATEST)
    async def read_metrics(self) -> bytes:
        """Figures for Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(REGISTRY)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # adds up what the server's processes have
        return generate_latest(registry)
