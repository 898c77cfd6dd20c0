"""Postgres, and two server processes on one database that tests share."""

import os
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir
from typing import Final

import asyncpg
import pytest

from tests.integration.database_rows import Rows
from tests.support.database import *  # noqa: F403  fixtures
from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import RUNNING, Server, free_port, running
from tests.support.servers.pooler import pooler_before
from tests.support.servers.postgres import create_database, migrated_template, postgres_server

WORKER: Final = os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the logs of the servers when a test fails."""
    del item, call
    report = yield
    if report.failed:
        report.sections += [(f"Log of {server.url}", server.tail()) for server in RUNNING]
    return report


@pytest.fixture(scope="session")
def run_directory(testrun_uid: str) -> Iterator[Path]:
    """The directory that all processes of a test run share.

    It is outside pytest's own: another run of pytest would make that unreadable to the user whom
    the embedded Postgres runs as.
    """
    directory = Path(gettempdir()) / f"sigmasight-{testrun_uid}"
    directory.mkdir(exist_ok=True)
    yield directory
    if not (directory / "postgres" / "postmaster.pid").exists():
        rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(run_directory: Path) -> Iterator[str]:
    """The address of a Postgres server."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server(run_directory))
        if "TEST_POOLER" in os.environ:
            stack.enter_context(pooler_before(url, run_directory, free_port()))
        yield url


@pytest.fixture(scope="session")
def template(postgres: str, run_directory: Path) -> str:
    """The name of a database at the newest schema, made once by the migrations."""
    return migrated_template(postgres, run_directory)


@pytest.fixture(scope="session")
def migrated(postgres: str, template: str) -> str:
    """The database of the server processes, and of the tests that race over them."""
    return create_database(postgres, f"servers_{WORKER}", template=template)


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
