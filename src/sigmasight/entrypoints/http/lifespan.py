"""What lasts as long as the server: answers, settled when it stops, and those of servers gone."""

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
    """Return what opens and closes a server around its container."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        answers = await container.get(OpenStreams)
        generating = await container.get(InsightTasks)
        sweeping = asyncio.create_task(_sweep(await container.get(ReleaseExpiredReservations)))
        try:
            with _on_stop(answers.stop, generating.stop):
                yield
        finally:
            answers.stop()
            await answers.settled(SETTLING_SECONDS)
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            await container.close()

    return lifespan


def running_worker(container: AsyncContainer) -> Callable[[Litestar], Any]:
    """Return what runs a worker beside a server, as part of its lifespan."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        worker = Worker(container)
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            with suppress(TimeoutError):  # what it was doing is taken up again elsewhere
                await asyncio.wait_for(task, WORKER_STOP_SECONDS)

    return lifespan


async def _sweep(give_back_abandoned: ReleaseExpiredReservations) -> None:
    """Give back, from the start on, what servers took that did not live to settle it."""
    while True:
        try:
            if count := await give_back_abandoned():
                logger.warning("abandoned_messages_given_back", count=count)
        except DatabaseUnavailableError:
            logger.warning("abandoned_messages_unsettled", error="the database does not answer")
        except Exception:
            logger.exception("abandoned_messages_unsettled")
        await asyncio.sleep(SWEEP_SECONDS)


@contextmanager
def _on_stop(*stops: Callable[[], None]) -> Iterator[None]:
    """Call those as soon as the process is told to end; the server itself waits for streams."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stopping(number: int, frame: Any) -> None:
        for stop in stops:
            loop.call_soon_threadsafe(stop)
        handler = former[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, handler)
            signal.raise_signal(number)

    for number in former:
        signal.signal(number, stopping)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
