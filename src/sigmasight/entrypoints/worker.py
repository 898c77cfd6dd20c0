"""The worker: takes jobs from the queue and does them, in a server or by itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from dishka import AsyncContainer

from sigmasight.domain.health import Schema
from sigmasight.domain.jobs import Job, JobHandler, JobKind, Jobs
from sigmasight.domain.kernel import DatabaseUnavailableError, UnavailableError
from sigmasight.domain.maintenance.use_cases import RunMaintenance
from sigmasight.domain.portfolios.calculations.calculate import Calculate

HANDLERS: Final[Mapping[JobKind, type[JobHandler]]] = {
    JobKind.CALCULATE: Calculate,
    JobKind.MAINTENANCE: RunMaintenance,
}

logger = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker does what; in seconds, but for the batch."""

    batch: int = 5
    poll: float = 0.5
    heartbeat: float = 5.0
    recovery: float = 2.0
    prune: float = 3600.0


class Worker:
    """Does one job after another until it is told to stop; outages only make it wait.

    A job that fails stays on the queue, and is taken again once nobody holds it any more.
    """

    def __init__(self, container: AsyncContainer, pace: Pace | None = None) -> None:
        self._container = container
        self._pace = pace or Pace()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Have it end behind the jobs it has taken."""
        self._stop.set()

    async def run(self) -> None:
        await self._await_schema()
        pruning = asyncio.create_task(self._prune(await self._container.get(Jobs)))
        try:
            while not self._stop.is_set():
                await self._pause(await self.turn())
        finally:
            pruning.cancel()

    async def _await_schema(self) -> None:
        """Wait for whoever brings the database up to date."""
        schema = await self._container.get(Schema)
        while not self._stop.is_set():
            try:
                await schema.require_current()
            except UnavailableError as error:
                logger.warning("worker waits", error=str(error))
                await self._pause(self._pace.recovery)
            else:
                return

    async def turn(self) -> float:
        """Do what there is to do, and return how long to wait before looking again."""
        jobs = await self._container.get(Jobs)
        try:
            taken = await jobs.claim(self._pace.batch)
            async with self._holding(jobs, taken):
                for job in taken:
                    await self._do(jobs, job)
        except DatabaseUnavailableError:
            logger.warning("worker waits", error="the database does not answer")
            return self._pace.recovery
        except Exception:
            logger.exception("worker waits")
            return self._pace.recovery
        return 0.0 if taken else self._pace.poll

    async def _do(self, jobs: Jobs, job: Job) -> None:
        async with self._container() as scope:
            duty = await scope.get(HANDLERS[job.kind])
            try:
                more = await duty(job.arguments)
            except DatabaseUnavailableError:
                raise
            except Exception as error:
                ids = [str(each) for each in job.arguments]
                logger.exception("job failed", kind=job.kind.value, subject=ids)
                reason = f"{type(error).__name__}: {error}"
                if await duty.failed(job.arguments, reason):
                    return
                more = False
        await (jobs.requeue(job) if more else jobs.finish(job))

    @asynccontextmanager
    async def _holding(self, jobs: Jobs, taken: Sequence[Job]) -> AsyncIterator[None]:
        """Tell meanwhile that the jobs are being done."""

        async def hold() -> None:
            while True:
                await asyncio.sleep(self._pace.heartbeat)
                try:
                    await jobs.heartbeat(taken)
                except Exception as error:  # noqa: BLE001  who takes them over does nothing twice
                    logger.warning("jobs not held", error=str(error))

        holding = asyncio.create_task(hold()) if taken else None
        try:
            yield
        finally:
            if holding:
                holding.cancel()

    async def _prune(self, jobs: Jobs) -> None:
        while True:
            try:
                await jobs.prune()
            except Exception as error:  # noqa: BLE001  there is another time
                logger.warning("queue not pruned", error=str(error))
            await asyncio.sleep(self._pace.prune)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds or 0.001)
