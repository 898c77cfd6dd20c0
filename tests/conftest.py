"""A real Postgres, wherever the tests run: the one named, a container, or the embedded one."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from warnings import catch_warnings

import asyncpg
import docker  # type: ignore[import-untyped]
import pytest
from docker.errors import DockerException  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from testcontainers.community.postgres import PostgresContainer

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.embedded import embedded_postgres
from sigmasight.adapters.postgres.engine import create_engine, create_pool
from sigmasight.adapters.postgres.migrating import upgrade


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def docker_answers() -> bool:
    # Where nothing answers, the library forgets to close its socket: swept up here, silently.
    with catch_warnings(action="ignore", category=ResourceWarning):
        try:
            with closing(docker.from_env()) as engine:
                return bool(engine.ping())
        except DockerException:
            return False
        finally:
            gc.collect()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty Postgres."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif docker_answers():
        with PostgresContainer("postgres:18-alpine", driver=None) as container:
            yield container.get_connection_url()
    else:
        with embedded_postgres(tmp_path_factory.mktemp("postgres")) as url:
            yield url


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """The same, at the newest schema: it comes from the migrations, so that they are proven too."""
    upgrade(postgres)
    return postgres


@pytest.fixture
async def dsn(migrated: str) -> str:
    """The address of a Postgres at the newest schema, all its tables empty."""
    connection = await asyncpg.connect(migrated)
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    await connection.execute(f"TRUNCATE {tables}")
    await connection.close()
    return migrated


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(dsn)
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with create_pool(dsn) as pool:
        yield pool
