"""The migrations inside the package, run by advanced-alchemy's commands or in one call."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from advanced_alchemy.config import AlembicAsyncConfig, SQLAlchemyAsyncConfig
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from sigmasight.adapters.postgres import MIGRATIONS, metadata
from sigmasight.adapters.postgres.engine import create_engine
from sigmasight.adapters.postgres.outages import translate_outages
from sigmasight.adapters.postgres.queue import SCHEMA

NOT_ALLOWED: Final = "42501"


def migration_config(dsn: str) -> SQLAlchemyAsyncConfig:
    """Return what advanced-alchemy's `database` commands work with."""
    return SQLAlchemyAsyncConfig(
        engine_instance=create_engine(dsn, "READ COMMITTED", prepared=False),
        metadata=metadata,
        alembic_config=AlembicAsyncConfig(
            script_location=str(MIGRATIONS), version_table_name="alembic_version"
        ),
    )


@contextmanager
def translate_migration_errors() -> Iterator[None]:
    """Raise DatabaseUnavailableError or PermissionError where the cause is not a migration."""
    try:
        with translate_outages():
            yield
    except DBAPIError as error:
        refusal = error.orig and error.orig.__cause__
        if getattr(refusal, "sqlstate", None) != NOT_ALLOWED:
            raise
        raise PermissionError(f"The database's user lacks a permission: {refusal}") from error


def upgrade(dsn: str, revision: str = "head") -> None:
    """Upgrade a database to a revision; not to be called from a running event loop."""
    command.upgrade(_config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Downgrade a database to a revision; not to be called from a running event loop."""
    command.downgrade(_config(dsn), revision)


def drop_queue(dsn: str) -> None:
    """Drop the schema of the job queue, which is not among our own tables."""
    asyncio.run(_execute(dsn, f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _config(dsn: str) -> Config:
    config = Config(attributes={"dsn": dsn})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
