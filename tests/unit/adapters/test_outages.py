"""What errors of the database mean to clients and operators."""

import asyncpg
import pytest
from structlog.testing import capture_logs

from sigmasight.adapters.postgres.outages import is_loss, translate_outages
from sigmasight.domain.kernel import DatabaseUnavailableError


@pytest.mark.parametrize(
    "error", [asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError]
)
def test_the_first_lost_prepared_statement_names_the_setting(error: type[Exception]) -> None:
    with capture_logs() as lines, pytest.raises(DatabaseUnavailableError), translate_outages():
        raise error("prepared statement does not exist")

    [line] = lines
    assert "DATABASE_PREPARED_STATEMENTS=false" in line["remedy"]


@pytest.mark.parametrize(
    ("error", "is_lost"),
    [
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (asyncpg.ConnectionDoesNotExistError(), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.QueryCanceledError(), False),
        (asyncpg.TooManyConnectionsError(), False),
        (asyncpg.ReadOnlySQLTransactionError(), False),
        (ValueError(), False),
    ],
)
def test_only_a_dead_connection_makes_others_suspect(error: Exception, *, is_lost: bool) -> None:
    assert is_loss(error) is is_lost
