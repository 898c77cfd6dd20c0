"""Connections to an empty database at the newest schema, for the tests that need one."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.engine import create_engine, create_pool
from tests.support.servers.pooler import database_settings

__all__ = ["dsn", "engine", "pool", "session"]


@pytest.fixture
async def dsn(migrated: str) -> str:
    """The address of a Postgres at the newest schema, all its tables empty."""
    connection = await asyncpg.connect(migrated)
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    await connection.execute("SET session_replication_role = replica")  # the audit trail, too
    await connection.execute(f"TRUNCATE {tables}, jobs.pgqueuer, jobs.pgqueuer_log")
    await connection.close()
    return migrated


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    settings = database_settings(dsn)
    engine = create_engine(settings["DATABASE_URL"], prepared=len(settings) == 1)
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    settings = database_settings(dsn)
    async with create_pool(settings["DATABASE_URL"], prepared=len(settings) == 1) as pool:
        yield pool
