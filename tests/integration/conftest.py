"""Two server processes on one migrated database, shared by the tests that race over them."""

from collections.abc import AsyncIterator, Generator, Iterator, Sequence

import asyncpg
import pytest

from sigmasight.adapters.postgres.schema import upgrade
from tests.conftest import beside
from tests.database import *  # noqa: F403  fixtures
from tests.integration.clients import Api, client_of
from tests.integration.rows import Rows
from tests.integration.servers import RUNNING, Server, running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the servers said where a test fails."""
    del item, call
    report = yield
    if report.failed:
        report.sections += [(f"Log of {server.url}", server.tail()) for server in RUNNING]
    return report


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """A database of their own: servers look after what is in it, whosever it is."""
    dsn = beside(postgres, "integration")
    upgrade(dsn)
    return dsn


@pytest.fixture(scope="session")
def two_servers(
    migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sequence[Server]]:
    with running(2, migrated, tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture
async def api(two_servers: Sequence[Server], dsn: str) -> AsyncIterator[Api]:
    """The API behind both servers, nothing in its database."""
    del dsn
    async with client_of(*two_servers) as client:
        yield client


@pytest.fixture
def rows(pool: asyncpg.Pool) -> Rows:
    return Rows(pool)
