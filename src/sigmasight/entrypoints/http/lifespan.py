"""The server's lifespan: answers settled on shutdown, and expired reservations released."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import structlog
from dishka import AsyncContainer
from litestar import Litestar

from sigmasight.domain.access.usage import ReleaseExpiredReservations
from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.http.insight_tasks import InsightTasks
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.entrypoints.worker import Worker

SETTLING_SECONDS: Final = 10.0
WORKER_STOP_SECONDS: Final = 10.0
SWEEP_SECONDS: Final = 30.0

logger = structlog.stdlib.get_logger()


def lifespan(container: AsyncContainer) -> Callable[[Litestar], Any]:
    """Return the lifespan of a server and its container."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        streams = await container.get(OpenStreams)
        insights = await container.get(InsightTasks)
        sweep = asyncio.create_task(_sweep(await container.get(ReleaseExpiredReservations)))
        try:
            with _on_stop(streams.stop, insights.stop):
                yield
        finally:
            streams.stop()
            await streams.settled(SETTLING_SECONDS)
            sweep.cancel()
            with suppress(asyncio.CancelledError):
                await sweep
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


@contextmanager
def _on_stop(*stops: Callable[[], None]) -> Iterator[None]:
    """Call these on a stop signal; the server itself would wait for open streams first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle_signal(number: int, frame: Any) -> None:
        for stop in stops:
            loop.call_soon_threadsafe(stop)
        handler = previous[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, handler)
            signal.raise_signal(number)

    for number in previous:
        signal.signal(number, handle_signal)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
