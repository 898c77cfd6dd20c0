"""What a server does at its start, again and again while it runs, and at its end."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import structlog
from dishka import AsyncContainer
from litestar import Litestar

from sigmasight.domain.access.recorded_settings import RecordSettings
from sigmasight.domain.access.usage import ReleaseExpiredReservations
from sigmasight.domain.billing import FindUnlistedPlans
from sigmasight.domain.health import Meters
from sigmasight.domain.identity.api_key_management import StoreKeyUses
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, UnavailableError
from sigmasight.entrypoints.http.drain import Drain
from sigmasight.entrypoints.http.gauges import sample
from sigmasight.entrypoints.http.insight_tasks import InsightTasks
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.entrypoints.http.stop_signals import on_stop_signal
from sigmasight.entrypoints.worker import Worker

SETTLING_SECONDS: Final = 10.0
WORKER_STOP_SECONDS: Final = 10.0
SWEEP_SECONDS: Final = 30.0
KEY_USES_SECONDS: Final = 15.0
KEY_USES_STOP_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 5.0

logger = structlog.stdlib.get_logger()


def lifespan(container: AsyncContainer) -> Callable[[Litestar], Any]:
    """Return the lifespan of a server and its container."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        streams = await container.get(OpenStreams)
        insights = await container.get(InsightTasks)
        tasks = [
            asyncio.create_task(_sweep(await container.get(ReleaseExpiredReservations))),
            asyncio.create_task(_record_settings(container)),
            asyncio.create_task(_store_key_uses_repeatedly(container)),
            asyncio.create_task(_report_unlisted_plans(container)),
            asyncio.create_task(sample(await container.get(Meters))),
        ]
        try:
            with on_stop_signal(await container.get(Drain), streams.stop, insights.stop):
                yield
        finally:
            streams.stop()
            await streams.settled(SETTLING_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(TimeoutError, DatabaseUnavailableError):
                await asyncio.wait_for(_store_key_uses(container), KEY_USES_STOP_SECONDS)
            await container.close()

    return lifespan


def running_worker(container: AsyncContainer) -> Callable[[Litestar], Any]:
    """Return the lifespan of a worker inside the server's process."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        worker = Worker(container)
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            with suppress(TimeoutError):  # another worker resumes its jobs
                await asyncio.wait_for(task, WORKER_STOP_SECONDS)

    return lifespan


async def _record_settings(container: AsyncContainer) -> None:
    """Record this server's settings as soon as the database is ready."""
    while True:
        try:
            async with container() as scope:
                await (await scope.get(RecordSettings))()
        except UnavailableError:
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _store_key_uses_repeatedly(container: AsyncContainer) -> None:
    while True:
        await asyncio.sleep(KEY_USES_SECONDS)
        try:
            await _store_key_uses(container)
        except DatabaseUnavailableError:
            logger.warning("api_key_uses_not_stored", error="the database does not answer")
        except Exception:
            logger.exception("api_key_uses_not_stored")


async def _store_key_uses(container: AsyncContainer) -> None:
    async with container() as scope:
        await (await scope.get(StoreKeyUses))()


async def _report_unlisted_plans(container: AsyncContainer) -> None:
    """Log which of Clerk's plans cost something and give no paid tier."""
    try:
        async with container() as scope:
            plans = await (await scope.get(FindUnlistedPlans))()
    except IdentityProviderClosedError:
        return
    except IdentityProviderUnavailableError as error:
        logger.warning("clerk plans unknown", error=str(error))
        return
    for plan in plans:
        logger.warning("clerk plan not listed", plan=plan, remedy="Add it to CLERK_PAID_PLANS.")


async def _sweep(release: ReleaseExpiredReservations) -> None:
    """Release the reservations of servers that stopped before settling them."""
    while True:
        try:
            if count := await release():
                logger.warning("abandoned_messages_given_back", count=count)
        except DatabaseUnavailableError:
            logger.warning("abandoned_messages_unsettled", error="the database does not answer")
        except Exception:
            logger.exception("abandoned_messages_unsettled")
        await asyncio.sleep(SWEEP_SECONDS)
