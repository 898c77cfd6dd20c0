"""`sigmasight database`: advanced-alchemy's commands, on the settings' database."""

import os
import sys
from functools import wraps
from typing import Any, Final

import rich
import rich_click as click
from advanced_alchemy.cli import add_migration_commands
from alembic.util import CommandError
from rich.text import Text

from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.cli.backup import backup_command, restore_command
from sigmasight.entrypoints.cli.distribute import distribute_command
from sigmasight.entrypoints.cli.shared import CommandFailedError, require_confirmation
from sigmasight.entrypoints.composition import (
    database,
    drop_queue,
    migration_config,
    translate_migration_errors,
)
from sigmasight.settings import Settings

NO_PROMPT: Final = "no_prompt"
FLAG: Final = "--no-prompt"
DESTRUCTIVE: Final = {
    "drop-all": "deletes every table with everything in it",
    "downgrade": "deletes what later versions have stored",
    "stamp": "claims another version of the schema than there is",
}


ARGUMENTS: Final = {
    ("downgrade", "revision"): "The revision to return to; without one, a step back.",
    ("edit", "revision"): "The revision whose file to open.",
    ("init", "directory"): "The folder for the migrations.",
    ("merge", "revisions"): "The revisions to merge.",
    ("show", "revision"): "The revision to show.",
    ("stamp", "revision"): "The revision that the database is to claim.",
    ("upgrade", "revision"): "The revision to upgrade to.",
}
"""Descriptions of arguments, which the commands do not have themselves."""


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
    """Manage the database: upgrade, backup, restore and more."""
    if not sys.stdout.isatty():
        vars(rich.get_console())["rule"] = _note
    if not sys.stdin.isatty():  # no user to answer "Are you sure?"
        context.default_map = {
            command: {"no_prompt": True}
            for command in database_group.list_commands(context)
            if command not in {*DESTRUCTIVE, distribute_command.name}
        }
    address = context.with_resource(database(Settings.load()))
    os.environ["DATABASE_URL"] = address  # read by the migrations' environment
    context.obj = {"configs": [migration_config(address)]}


def _note(heading: str, **_: Any) -> None:
    """Print a heading on standard error, without the line across."""
    click.echo(Text.from_markup(heading).plain, err=True)


def _confirmed(command: click.Command) -> None:
    """Have a destructive command ask at a terminal; without one it needs its flag."""
    name, perform = command.name, command.callback
    has_own_prompt = any(each.name == NO_PROMPT for each in command.params)
    if not has_own_prompt:
        command.params.append(click.Option([FLAG], is_flag=True, help="Do not ask."))

    @wraps(perform or _confirmed)
    def asked(*arguments: Any, **options: Any) -> Any:
        given = options[NO_PROMPT] if has_own_prompt else options.pop(NO_PROMPT)
        if not (has_own_prompt and sys.stdin.isatty()):  # it asks a person by itself
            require_confirmation(f"“{name}” {DESTRUCTIVE[str(name)]}.", given=given, flag=FLAG)
        result = perform(*arguments, **options) if perform else None
        if name == "drop-all":
            drop_queue(os.environ["DATABASE_URL"])
        return result

    command.callback = asked


add_migration_commands(database_group)
database_group.add_command(distribute_command)
database_group.add_command(backup_command)
database_group.add_command(restore_command)
for each in DESTRUCTIVE:
    _confirmed(database_group.commands[each])
for (command_name, argument), text in ARGUMENTS.items():
    for parameter in database_group.commands[command_name].params:
        if parameter.name == argument:
            parameter.help = text
