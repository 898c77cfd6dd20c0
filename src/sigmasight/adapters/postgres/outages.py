"""What errors of the database mean: an outage, a lost race, a value that no column can hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sigmasight.domain.kernel import (
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    FieldError,
    ValidationFailedError,
)

INTERRUPTED: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the statement did nothing."""
RACE_LOST: Final = INTERRUPTED | {"23505"}
"""With a unique violation: the second try sees what won."""
READ_ONLY: Final = "25006"
OTHER_SERVER: Final = frozenset({"26000", "42P05"})
"""A prepared statement that is not there, or there already: a pooler changed the server."""
OUTAGE_CLASSES: Final = ("08", READ_ONLY, "25P03", *OTHER_SERVER, "28", "3D", "53", "57")
"""What SQLSTATEs begin with: connection exception, a database that only reads (a standby), a
transaction ended for its idleness, a pooler's other server, invalid authorization, no such
database, insufficient resources, operator intervention."""
LOST: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)
"""A connection that does not answer, or no more; the others of its pool are suspect."""
UNPREPARED: Final = "Behind a transaction pooler, set DATABASE_PREPARED_STATEMENTS=false."
DATA_EXCEPTION: Final = "22"
"""What SQLSTATEs of values begin with that no column can hold: NUL in text, too large a number."""

logger = structlog.stdlib.get_logger()


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


def is_loss(error: BaseException) -> bool:
    """Return whether an error means that the connection is dead, and others may be, too."""
    return any(
        isinstance(each, LOST) and not isinstance(each, asyncpg.QueryCanceledError)
        for each in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Iterate over an error of the driver, or of SQLAlchemy, and what it comes from."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _is_data_error(error: BaseException) -> bool:
    """Return whether a value cannot be stored; the driver finds some before the database does."""
    return any(
        isinstance(each, asyncpg.DataError)
        or (getattr(each, "sqlstate", None) or "").startswith(DATA_EXCEPTION)
        for each in _causes(error)
    )


@contextmanager
def translate_outages(*, runs_again: bool = False) -> Iterator[None]:
    """Raise DatabaseUnavailableError for errors that mean the database does not answer.

    That includes a lost race, unless the work runs again: then nothing was done, and a later
    request may succeed.
    Raise ValidationFailedError for a value that no column can hold, which the rules let pass.
    """
    try:
        yield
    except Exception as error:
        if _sqlstate(error) == READ_ONLY:
            raise DatabaseReadOnlyError from error
        if is_outage(error) or (not runs_again and _sqlstate(error) in INTERRUPTED):
            if _sqlstate(error) in OTHER_SERVER:
                logger.warning("prepared statement lost", error=str(error), remedy=UNPREPARED)
            raise DatabaseUnavailableError from error
        if _is_data_error(error):
            what = "A value is not text or a number that can be stored."
            raise ValidationFailedError(FieldError("", what, "not_storable")) from error
        raise


def lost_a_race(error: BaseException) -> bool:
    return _sqlstate(error) in RACE_LOST


def _sqlstate(error: BaseException) -> str | None:
    if isinstance(error, DBAPIError):
        error = error.orig or error
    return getattr(error, "sqlstate", None)
