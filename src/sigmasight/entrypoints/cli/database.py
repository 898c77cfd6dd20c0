"""`sigmasight database`: advanced-alchemy's commands, on the settings' database."""

import os
import sys
from typing import Any

import rich_click as click
from advanced_alchemy.cli import add_migration_commands
from alembic.util import CommandError

from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.cli.shared import CommandFailedError
from sigmasight.entrypoints.composition import (
    database,
    migration_config,
    translate_migration_errors,
)
from sigmasight.settings import Settings


class _Group(click.RichGroup):
    """Reports operational errors as a sentence; only bugs print a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with translate_migration_errors():
                return super().invoke(ctx)
        except DatabaseUnavailableError as error:
            raise CommandFailedError(f"{error} ({error.__cause__})") from error
        except (CommandError, PermissionError) as error:
            raise CommandFailedError(f"{str(error).rstrip('.')}.") from error


@click.group(name="database", cls=_Group)
@click.pass_context
def database_group(context: click.Context) -> None:
    """Manage the database: upgrade, downgrade, history and more."""
    if not sys.stdin.isatty():  # no user to answer "Are you sure?"
        context.default_map = {
            command: {"no_prompt": True} for command in database_group.list_commands(context)
        }
    address = context.with_resource(database(Settings.load()))
    os.environ["DATABASE_URL"] = address  # read by the migrations' environment
    context.obj = {"configs": [migration_config(address)]}


add_migration_commands(database_group)
