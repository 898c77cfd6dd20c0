"""Runs migrations on the database of the settings, for plain alembic and for our own command."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.embedded import database
from sigmasight.adapters.postgres.engine import create_engine
from sigmasight.settings import Settings


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_online(dsn: str) -> None:
    engine = create_engine(dsn, "READ COMMITTED", prepared=False)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
    finally:
        await engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif given := context.config.attributes.get("dsn"):
    asyncio.run(migrate_online(given))
else:
    with database(Settings.load()) as found:
        asyncio.run(migrate_online(found))
