"""A server on a Postgres that may be taken away from it."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.schema import upgrade
from tests.integration.outages.database.stoppable_postgres import OwnPostgres, own_postgres
from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import Server, running


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    with own_postgres(tmp_path_factory.mktemp("own")) as postgres:
        upgrade(postgres.dsn)
        yield postgres


@pytest.fixture(scope="module")
def server(own: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(1, own.dsn, tmp_path_factory.mktemp("server")) as [server]:
        yield server


@pytest.fixture
async def dsn(own: OwnPostgres) -> str:
    """The address of that Postgres, all its tables empty."""
    connection = await asyncpg.connect(own.dsn)
    await connection.execute("SET session_replication_role = replica")  # the audit trail, too
    await connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    await connection.close()
    return own.dsn


@pytest.fixture
async def api(server: Server, dsn: str) -> AsyncIterator[Api]:
    del dsn
    async with client_of(server) as api:
        yield api
