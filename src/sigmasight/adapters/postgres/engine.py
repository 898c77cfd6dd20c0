"""Connections to Postgres: the SQLAlchemy engine, the bare pool of the hot path, transactions."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
from sqlalchemy import event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from tenacity import AsyncRetrying, RetryError, retry_if_exception, stop_after_attempt, wait_random

from sigmasight.adapters.postgres.outages import (
    is_loss,
    is_outage,
    lost_a_race,
    translate_outages,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, Transaction

CONNECT_TIMEOUT: Final = 5.0
COMMAND_TIMEOUT: Final = 5.0
POOL_SIZE: Final = 10
OPTIONS: Final[Mapping[str, Any]] = {
    "timeout": CONNECT_TIMEOUT,
    "command_timeout": COMMAND_TIMEOUT,
    "server_settings": {"application_name": "sigmasight"},
}
UNPREPARED: Final[Mapping[str, Any]] = {"statement_cache_size": 0}
UNPREPARED_BY_SQLALCHEMY: Final[Mapping[str, Any]] = {
    **UNPREPARED,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
}
"""Statements without a name, for a pooler that changes servers between transactions."""
RAW_CONNECTION: Final = "raw_connection"
CONNECTED_AT: Final = "connected_at"

T = TypeVar("T")


def create_engine(
    dsn: str, isolation_level: IsolationLevel = "AUTOCOMMIT", *, prepared: bool = True
) -> AsyncEngine:
    """Make the engine, for everything but the hot path.

    asyncpg begins and ends transactions (see PostgresTransaction), unless another level has
    SQLAlchemy begin them. The address goes to asyncpg as it is, so that it may name several
    hosts (libpq's form).
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args={"dsn": dsn, **OPTIONS, **({} if prepared else UNPREPARED_BY_SQLALCHEMY)},
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT,
        isolation_level=isolation_level,
        json_serializer=_json,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _note_age)
    event.listen(engine.sync_engine, "checkout", _discard_unusable)
    return engine


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class Losses:
    """When a connection was last found dead; the others may be, too, in every pool.

    All pools of a process lead to the same database.
    """

    def __init__(self) -> None:
        self._last_at = -inf
        self._pools: list[asyncpg.Pool] = []

    def watch(self, pool: asyncpg.Pool) -> asyncpg.Pool:
        """Have a pool replace its connections after a loss, before they are used again."""
        self._pools = [*(each for each in self._pools if not each.is_closing()), pool]
        return pool

    async def record(self) -> None:
        self._last_at = monotonic()
        for pool in self._pools:
            await pool.expire_connections()

    def precede(self, connected_at: float) -> bool:
        return self._last_at < connected_at


LOSSES: Final = Losses()


def _note_age(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[CONNECTED_AT] = monotonic()


def _discard_unusable(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Have the pool replace a connection that is suspect, closed, or still in a transaction.

    None of the checks takes a round trip.
    """
    raw = connection.driver_connection
    if not LOSSES.precede(record.info[CONNECTED_AT]):
        raw.terminate()
    if raw.is_closed() or raw.is_in_transaction():
        raise DisconnectionError


async def raw_connection(session: AsyncSession) -> Any:
    """Return the asyncpg connection that a session works on, in its transaction if it has one.

    A plain statement through it takes a fifth of the time of one through SQLAlchemy.
    """
    if connection := session.info.get(RAW_CONNECTION):
        return connection
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection


def create_pool(dsn: str, *, prepared: bool = True) -> asyncpg.Pool:
    """Make the pool of the hot path; it connects when first used."""
    options = {**OPTIONS, **({} if prepared else UNPREPARED)}
    return LOSSES.watch(
        asyncpg.create_pool(dsn, min_size=0, max_size=POOL_SIZE, reset=_skip_reset, **options)
    )


class pool_connection:  # noqa: N801  used as a function
    """Acquire a connection of the hot path's pool, for the duration of a `with`.

    The time-out is set only when no connection is idle, because setting one costs more.
    """

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Any:
        timeout = None if self._pool.get_idle_size() else CONNECT_TIMEOUT
        self._connection = await self._pool.acquire(timeout=timeout)
        return self._connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and is_loss(error):
            self._connection.terminate()
            await LOSSES.record()
        await self._pool.release(self._connection)


async def fetch_row(pool: asyncpg.Pool, query: str, *arguments: object) -> Any:
    """Run one statement of the hot path, and return its first row or None."""
    with translate_outages():
        async with pool_connection(pool) as connection:
            return await connection.fetchrow(query, *arguments)


async def fetch_rows(pool: asyncpg.Pool, query: str, *arguments: object) -> Any:
    """Run one statement of the hot path, and return its rows."""
    with translate_outages():
        async with pool_connection(pool) as connection:
            return await connection.fetch(query, *arguments)


@asynccontextmanager
async def pool_transaction(pool: asyncpg.Pool) -> AsyncIterator[Any]:
    """Run statements of the hot path in one transaction."""
    with translate_outages():
        async with pool_connection(pool) as connection, _transaction(connection):
            yield connection


async def _skip_reset(_connection: object) -> None:
    """Save the round trip: the hot path leaves no state on a connection."""


class PostgresTransaction(Transaction):
    """READ COMMITTED; work that loses a race is run again, five times at most."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        tries = AsyncRetrying(
            retry=retry_if_exception(lost_a_race),
            stop=stop_after_attempt(5),
            wait=wait_random(0, 0.05),
        )
        try:
            return await tries(self._once, work)
        except RetryError as lost:
            raise DatabaseUnavailableError from lost

    async def _once(self, work: Callable[[], Awaitable[T]]) -> T:
        session = self._session
        with translate_outages(runs_again=True):
            async with session.begin():
                connection = session.info[RAW_CONNECTION] = await raw_connection(session)
                try:
                    async with _transaction(connection):
                        result = await work()
                        if session.new or session.dirty or session.deleted:
                            await session.flush()
                        return result
                except BaseException as error:
                    if is_loss(error):
                        await LOSSES.record()
                    raise
                finally:
                    del session.info[RAW_CONNECTION]


@asynccontextmanager
async def _transaction(connection: Any) -> AsyncIterator[None]:
    """Commit, or roll back on an error; drop a connection that does not answer."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    except BaseException as error:
        if is_outage(error):
            connection.terminate()
        else:
            await transaction.rollback()
        raise
    await transaction.commit()
