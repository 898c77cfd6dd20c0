"""The worker: runs jobs from the queue, in a server or by itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from dishka import AsyncContainer
from prometheus_client import Counter

from sigmasight.domain.health import Schema
from sigmasight.domain.jobs import Job, JobHandler, JobKind, Jobs
from sigmasight.domain.kernel import DatabaseUnavailableError, DomainError, UnavailableError
from sigmasight.domain.maintenance.retention import STEP, ApplyRetention, RecordKind
from sigmasight.domain.maintenance.use_cases import RunMaintenance
from sigmasight.domain.portfolios.calculations.calculate import Calculate
from sigmasight.entrypoints.outage_log import OutageLog

HANDLERS: Final[Mapping[JobKind, type[JobHandler]]] = {
    JobKind.CALCULATE: Calculate,
    JobKind.MAINTENANCE: RunMaintenance,
}

FAILED: Final = Counter("sigmasight_jobs_failed", "Attempts of jobs that failed.", ["kind"])
UNEXPECTED: Final = "Something went wrong on our side. It has been logged with the id {}."
"""What is stored of an unexpected error: the owner of the portfolio can read it."""

logger = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """The intervals of a worker, in seconds, and the number of jobs it claims at once."""

    batch: int = 5
    poll: float = 0.5
    heartbeat: float = 5.0
    recovery: float = 2.0
    prune: float = 6 * 3600.0
    between_steps: float = 0.05


class Worker:
    """Runs one job after another until it is stopped; during outages it waits.

    A failed job stays on the queue, and is claimed again once its heartbeat has expired.
    """

    def __init__(
        self,
        container: AsyncContainer,
        pace: Pace | None = None,
        outage: OutageLog | None = None,
    ) -> None:
        self._container = container
        self._pace = pace or Pace()
        self._outage = outage or OutageLog()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Stop after the jobs it has claimed."""
        self._stop.set()

    async def run(self) -> None:
        await self._await_schema()
        prune = asyncio.create_task(self._prune())
        try:
            while not self._stop.is_set():
                await self._pause(await self.turn())
        finally:
            prune.cancel()

    async def _await_schema(self) -> None:
        """Wait until the database's schema is current."""
        schema = await self._container.get(Schema)
        while not self._stop.is_set():
            try:
                await schema.require_current()
            except UnavailableError as error:
                self._outage.failed(error)
                await self._pause(self._pace.recovery)
            else:
                self._outage.ended()
                return

    async def turn(self) -> float:
        """Run the waiting jobs, and return the seconds until the next turn."""
        jobs = await self._container.get(Jobs)
        try:
            claimed = await jobs.claim(self._pace.batch)
            async with self._heartbeats(jobs, claimed):
                for job in claimed:
                    await self._run_job(jobs, job)
        except DatabaseUnavailableError as error:
            self._outage.failed(error)
            return self._pace.recovery
        except Exception:
            logger.exception("worker waits")
            return self._pace.recovery
        self._outage.ended()
        return 0.0 if claimed else self._pace.poll

    async def _run_job(self, jobs: Jobs, job: Job) -> None:
        async with self._container() as scope:
            handler = await scope.get(HANDLERS[job.kind])
            try:
                more = await handler(job.arguments)
            except DatabaseUnavailableError:
                raise
            except Exception as error:
                ids = [str(each) for each in job.arguments]
                FAILED.labels(job.kind.value).inc()
                logger.exception("job failed", kind=job.kind.value, arguments=ids)
                reason = (
                    str(error) if isinstance(error, DomainError) else UNEXPECTED.format(ids[-1])
                )
                if await handler.failed(job.arguments, reason):
                    return
                more = False
        await (jobs.requeue(job) if more else jobs.finish(job))

    @asynccontextmanager
    async def _heartbeats(self, jobs: Jobs, claimed: Sequence[Job]) -> AsyncIterator[None]:
        """Send heartbeats for the jobs meanwhile."""

        async def send_heartbeats() -> None:
            while True:
                await asyncio.sleep(self._pace.heartbeat)
                try:
                    await jobs.heartbeat(claimed)
                except DatabaseUnavailableError as error:
                    self._outage.failed(error)
                except Exception as error:  # noqa: BLE001  jobs are safe to run twice
                    logger.warning("heartbeat failed", error=str(error))

        heartbeats = asyncio.create_task(send_heartbeats()) if claimed else None
        try:
            yield
        finally:
            if heartbeats:
                heartbeats.cancel()

    async def _prune(self) -> None:
        while True:
            try:
                await (await self._container.get(Jobs)).prune()
                for kind in RecordKind:
                    await self._delete_expired(kind)
            except DatabaseUnavailableError as error:
                self._outage.failed(error)
            except Exception as error:  # noqa: BLE001  the next time may succeed
                logger.warning("records not pruned", error=str(error))
            await asyncio.sleep(self._pace.prune)

    async def _delete_expired(self, kind: RecordKind) -> None:
        deleted, is_done = 0, False
        while not is_done:
            async with self._container() as scope:
                step = await (await scope.get(ApplyRetention)).step(kind)
            deleted, is_done = deleted + step, step < STEP
            await asyncio.sleep(self._pace.between_steps)
        if deleted:
            logger.info("expired records deleted", kind=kind.value, count=deleted)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds or 0.001)
