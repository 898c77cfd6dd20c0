"""The job queue: pgqueuer's tables in Postgres, in a schema of their own.

Of pgqueuer this uses the table and the statements: putting a job into a transaction of ours,
taking jobs past those that are locked, and taking over those whose heartbeat has stopped. Workers
poll instead of listening, so that a connection pooler may stand between.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.adapters.persistence.schema_ddl import render_enum, render_index, render_table
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.schema.declaration import target
from pgqueuer.domain.types import JobId as QueuedJobId
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import Driver
from pgqueuer.ports.repository import EntrypointExecutionParameter
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.outages import translate_outages
from sigmasight.adapters.postgres.queue import SCHEMA, SETTINGS
from sigmasight.domain.jobs import Job, JobArguments, JobId, JobKind, JobQueue, Jobs

ENTRYPOINTS: Final = {
    QueueEntrypoint(kind): EntrypointExecutionParameter(concurrency_limit=0) for kind in JobKind
}
ID_BYTES: Final = 16
LET_GO: Final = timedelta(seconds=20)
"""A job without a heartbeat for this long may be taken by another worker."""
KEPT_DAYS: Final = 7

PRUNE: Final = f"""
DELETE FROM {SETTINGS.qualified.queue_table_log}
WHERE created < now() - interval '{KEPT_DAYS} days'
"""  # noqa: S608  a constant's name


def installation() -> Iterator[str]:
    """Yield the statements that make the queue: pgqueuer's own, but for its notifications."""
    schema = target(SETTINGS)
    yield f"CREATE SCHEMA {SCHEMA}"
    yield from (render_enum(each, SETTINGS) for each in schema.enums)
    yield from (render_table(each, SETTINGS) for each in schema.tables)
    yield from (render_index(each, SETTINGS) for each in schema.indexes)


class PgqueuerJobQueue(JobQueue):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(
        self, kind: JobKind, arguments: Sequence[JobArguments], *, low_priority: bool
    ) -> None:
        if not arguments:
            return
        queries = _queries(AsyncpgDriver(await raw_connection(self._session)))
        payloads: list[bytes | None] = [_payload(each) for each in arguments]
        count = len(payloads)
        await queries.enqueue([kind.value] * count, payloads, [-1 if low_priority else 0] * count)


class PgqueuerJobs(Jobs):
    def __init__(self, pool: asyncpg.Pool, let_go: timedelta = LET_GO) -> None:
        self._queries = _queries(AsyncpgPoolDriver(pool))
        self._let_go = let_go
        self._worker = QueueManagerId(uuid4())
        self._taken: dict[JobId, QueuedJob] = {}

    async def claim(self, limit: int) -> Sequence[Job]:
        with translate_outages():
            taken = await self._queries.dequeue(
                batch_size=limit,
                entrypoints=ENTRYPOINTS,
                queue_manager_id=self._worker,
                global_concurrency_limit=None,
                heartbeat_timeout=self._let_go,
            )
        self._taken = {JobId(job.id): job for job in taken}
        return [_job(job) for job in taken]

    async def heartbeat(self, jobs: Sequence[Job]) -> None:
        with translate_outages():
            await self._queries.update_heartbeat([QueuedJobId(job.id) for job in jobs])

    async def requeue(self, job: Job) -> None:
        with translate_outages():
            await self._queries.retry_job(self._taken[job.id], timedelta(), None)

    async def finish(self, job: Job) -> None:
        with translate_outages():
            await self._queries.log_jobs([(self._taken[job.id], "successful", None)])

    async def prune(self) -> None:
        with translate_outages():
            await self._queries.driver.execute(PRUNE)


def _queries(driver: Driver) -> Queries:
    return Queries(driver, qbe=QueryBuilderEnvironment(SETTINGS), qbq=QueryQueueBuilder(SETTINGS))


def _payload(arguments: JobArguments) -> bytes:
    return b"".join(each.bytes for each in arguments)


def _job(job: QueuedJob) -> Job:
    payload = job.payload or b""
    ids = (payload[at : at + ID_BYTES] for at in range(0, len(payload), ID_BYTES))
    return Job(JobId(job.id), JobKind(job.entrypoint), tuple(UUID(bytes=each) for each in ids))
