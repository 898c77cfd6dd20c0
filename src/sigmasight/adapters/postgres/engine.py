"""Connections to Postgres: the SQLAlchemy engine, the bare pool of the hot path, transactions."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
from sqlalchemy import event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from tenacity import AsyncRetrying, RetryError, retry_if_exception, stop_after_attempt, wait_random

from sigmasight.domain.kernel import (
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    FieldError,
    Transaction,
    ValidationFailedError,
)

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
RACE_LOST: Final = frozenset({"40001", "40P01", "23505"})
"""Serialization failure, deadlock, unique violation: the second try sees what won."""
READ_ONLY: Final = "25006"
OUTAGE_CLASSES: Final = ("08", READ_ONLY, "25P03", "26", "28", "3D", "42P05", "53", "57")
"""What SQLSTATEs begin with: connection exception, a database that only reads (a standby), a
transaction ended for its idleness, a prepared statement that is not there (or there already: a
pooler changed the server), invalid authorization, no such database, insufficient resources,
operator intervention."""
DATA_EXCEPTION: Final = "22"
"""What SQLSTATEs of values begin with that no column can hold: NUL in text, too large a number."""

RAW_CONNECTION: Final = "raw_connection"

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
    )
    event.listen(engine.sync_engine, "checkout", _discard_unusable)
    return engine


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _discard_unusable(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool replace a connection that is closed, or still in a transaction.

    Neither check takes a round trip.
    """
    raw = connection.driver_connection
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
    return asyncpg.create_pool(dsn, min_size=0, max_size=POOL_SIZE, reset=_skip_reset, **options)


def pool_connection(pool: asyncpg.Pool) -> Any:
    """Acquire a connection of the hot path's pool, for the duration of a `with`.

    The time-out is set only when no connection is idle, because setting one costs more.
    """
    return pool.acquire(timeout=None if pool.get_idle_size() else CONNECT_TIMEOUT)


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


def is_outage(error: BaseException) -> bool:
    """Return whether an error means that the database does not answer."""
    if _is_data_error(error):
        return False
    sqlstate = _sqlstate(error) or ""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError):
            return True
        error = error.orig or error
    return sqlstate.startswith(OUTAGE_CLASSES) or isinstance(
        error,
        OSError
        | TimeoutError
        | PoolTimeoutError
        | asyncpg.InterfaceError
        | asyncpg.InternalClientError,
    )


def _is_data_error(error: BaseException) -> bool:
    """Return whether a value cannot be stored; the driver finds some before the database does."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    while cause is not None:
        sqlstate = getattr(cause, "sqlstate", None) or ""
        if isinstance(cause, asyncpg.DataError) or sqlstate.startswith(DATA_EXCEPTION):
            return True
        cause = cause.__cause__
    return False


@contextmanager
def translate_outages() -> Iterator[None]:
    """Raise DatabaseUnavailableError for errors that mean the database does not answer.

    Raise ValidationFailedError for a value that no column can hold, which the rules let pass.
    """
    try:
        yield
    except Exception as error:
        if _sqlstate(error) == READ_ONLY:
            raise DatabaseReadOnlyError from error
        if is_outage(error):
            raise DatabaseUnavailableError from error
        if _is_data_error(error):
            what = "A value is not text or a number that can be stored."
            raise ValidationFailedError(FieldError("", what, "not_storable")) from error
        raise


def _lost_a_race(error: BaseException) -> bool:
    return _sqlstate(error) in RACE_LOST


def _sqlstate(error: BaseException) -> str | None:
    if isinstance(error, DBAPIError):
        error = error.orig or error
    return getattr(error, "sqlstate", None)


class PostgresTransaction(Transaction):
    """READ COMMITTED; work that loses a race is run again, five times at most."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        tries = AsyncRetrying(
            retry=retry_if_exception(_lost_a_race),
            stop=stop_after_attempt(5),
            wait=wait_random(0, 0.05),
        )
        try:
            return await tries(self._once, work)
        except RetryError as lost:
            raise DatabaseUnavailableError from lost

    async def _once(self, work: Callable[[], Awaitable[T]]) -> T:
        session = self._session
        with translate_outages():
            async with session.begin():
                connection = session.info[RAW_CONNECTION] = await raw_connection(session)
                try:
                    async with _transaction(connection):
                        result = await work()
                        if session.new or session.dirty or session.deleted:
                            await session.flush()
                        return result
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
