"""Metrics of the moment: each process reads its meters every few seconds."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

import structlog
from prometheus_client import Gauge

from sigmasight.domain.health import Meters, Reading

SECONDS: Final = 15.0

GAUGES: Final[Mapping[str, Gauge]] = {
    "database_connections": Gauge(
        "sigmasight_database_connections",
        "Connections of all processes, by the pool that has them.",
        ["pool", "state"],
        multiprocess_mode="livesum",
    ),
    "clerk_keys_age_seconds": Gauge(
        "sigmasight_clerk_keys_age_seconds",
        "The age of Clerk's keys, in the process where they are oldest; none are used after a day.",
        multiprocess_mode="livemax",
    ),
    "webhooks_unsettled": Gauge(
        "sigmasight_webhooks_unsettled",
        "Webhooks that failed, or wait for another one.",
        ["outcome"],
        multiprocess_mode="livemax",
    ),
    "webhooks_lag_seconds": Gauge(
        "sigmasight_webhooks_lag_seconds",
        "The age of the oldest of them.",
        ["outcome"],
        multiprocess_mode="livemax",
    ),
    "jobs": Gauge(
        "sigmasight_jobs",
        "Jobs in the queue, by state.",
        ["state"],
        multiprocess_mode="livemax",
    ),
    "jobs_lag_seconds": Gauge(
        "sigmasight_jobs_lag_seconds",
        "How long the oldest job has been waiting.",
        multiprocess_mode="livemax",
    ),
    "unlisted_plans_paid": Gauge(
        "sigmasight_unlisted_plans_paid",
        "Plans that somebody pays for and that are not in CLERK_PAID_PLANS.",
        multiprocess_mode="livemax",
    ),
}

logger = structlog.stdlib.get_logger()


async def sample(meters: Meters) -> None:
    """Set the gauges again and again, until cancelled."""
    while True:
        try:
            show(await meters())
        except Exception:
            logger.exception("meters not read")
        await asyncio.sleep(SECONDS)


def show(readings: Iterable[Reading]) -> None:
    for reading in readings:
        gauge = GAUGES[reading.name]
        (gauge.labels(**reading.labels) if reading.labels else gauge).set(reading.value)
