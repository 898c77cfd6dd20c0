"""The migrations inside the package, run by advanced-alchemy's commands or in one call."""

from advanced_alchemy.config import AlembicAsyncConfig, SQLAlchemyAsyncConfig
from alembic import command
from alembic.config import Config

from sigmasight.adapters.postgres import MIGRATIONS, metadata
from sigmasight.adapters.postgres.engine import create_engine


def migration_config(dsn: str) -> SQLAlchemyAsyncConfig:
    """Return what advanced-alchemy's `database` commands work with."""
    return SQLAlchemyAsyncConfig(
        engine_instance=create_engine(dsn, "READ COMMITTED"),
        metadata=metadata,
        alembic_config=AlembicAsyncConfig(
            script_location=str(MIGRATIONS), version_table_name="alembic_version"
        ),
    )


def upgrade(dsn: str, revision: str = "head") -> None:
    """Bring a database to a revision; not to be called from a running event loop."""
    command.upgrade(_config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Take a database back to a revision; not to be called from a running event loop."""
    command.downgrade(_config(dsn), revision)


def _config(dsn: str) -> Config:
    config = Config(attributes={"dsn": dsn})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
