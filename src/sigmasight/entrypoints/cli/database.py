"""`sigmasight database`: advanced-alchemy's commands, on the settings' database."""

import os
import sys

import rich_click as click
from advanced_alchemy.cli import add_migration_commands

from sigmasight.entrypoints.composition import database, migration_config
from sigmasight.settings import Settings


@click.group(name="database")
@click.pass_context
def database_group(context: click.Context) -> None:
    """Manage the database: upgrade, downgrade, history and more."""
    if not sys.stdin.isatty():  # nobody is there to answer "Are you sure?"
        context.default_map = {
            command: {"no_prompt": True} for command in database_group.list_commands(context)
        }
    address = context.with_resource(database(Settings.load()))
    os.environ["DATABASE_URL"] = address  # the migrations' own environment looks there
    context.obj = {"configs": [migration_config(address)]}


add_migration_commands(database_group)
