"""A real Postgres, wherever the tests run: the one named, a container, or the embedded one.

What the database needs is imported where it is used: the unit tests start without it.
"""
# ruff: noqa: PLC0415

import gc
import os
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit
from warnings import catch_warnings

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def docker_answers() -> bool:
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException  # type: ignore[import-untyped]

    # Where nothing answers, the library forgets to close its socket: swept up here, silently.
    with catch_warnings(action="ignore", category=ResourceWarning):
        try:
            with closing(docker.from_env()) as engine:
                return bool(engine.ping())
        except DockerException:
            return False
        finally:
            gc.collect()


def beside(url: str, name: str) -> str:
    """Return the address of another database on the same server, made if it is not there."""
    import asyncio

    import asyncpg

    address = urlsplit(url)
    other = f"{address.path.strip('/') or 'postgres'}_{name}"

    async def create() -> None:
        connection = await asyncpg.connect(url)
        with suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f'CREATE DATABASE "{other}"')
        await connection.close()

    asyncio.run(create())
    return address._replace(path=f"/{other}").geturl()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty Postgres."""
    from testcontainers.community.postgres import PostgresContainer

    from sigmasight.adapters.postgres.embedded import embedded_postgres

    if url := os.environ.get("TEST_DATABASE_URL"):
        worker = os.environ.get("PYTEST_XDIST_WORKER")
        yield beside(url, worker) if worker else url
    elif docker_answers():
        with PostgresContainer("postgres:18-alpine", driver=None) as container:
            yield container.get_connection_url()
    else:
        with embedded_postgres(tmp_path_factory.mktemp("postgres")) as url:
            yield url


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """The same, at the newest schema: it comes from the migrations, so that they are proven too."""
    from sigmasight.adapters.postgres.schema import upgrade

    upgrade(postgres)
    return postgres
