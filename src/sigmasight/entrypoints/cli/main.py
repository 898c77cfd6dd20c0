"""The `sigmasight` command: Litestar's own, with our groups."""

import os
import signal
import sys
from types import FrameType
from typing import Final

import psutil
import rich_click as click
from litestar.cli._utils import LitestarEnv, LitestarGroup
from litestar.cli.commands.core import info_command, routes_command, run_command
from litestar.cli.commands.schema import schema_group

from sigmasight.entrypoints.cli.database import database_group
from sigmasight.entrypoints.composition import database
from sigmasight.entrypoints.local.dev import dev_command
from sigmasight.settings import Settings, SettingsError

SERVER: Final = "sigmasight.entrypoints.server:create_server"


@click.group(cls=LitestarGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sigmasight")
@click.pass_context
def cli(context: click.Context) -> None:
    """SigmaSight's API server. `sigmasight dev` runs everything on this machine."""
    if context.invoked_subcommand == "run":
        signal.signal(signal.SIGTERM, _pass_on)
        os.environ["DATABASE_URL"] = context.with_resource(database(Settings.load_for_serving()))
    context.obj = lambda: LitestarEnv.from_env(SERVER)


def _pass_on(number: int, _frame: FrameType | None) -> None:
    """Have the worker processes stop before their parent does."""
    workers = psutil.Process().children()
    for worker in workers:
        worker.send_signal(number)
    psutil.wait_procs(workers)
    sys.exit(128 + number)


# Litestar names its number of processes `--wc`; everybody else's word works too.
run_command.context_settings["token_normalize_func"] = lambda word: {"workers": "wc"}.get(
    word, word
)

for command in (
    dev_command,
    run_command,
    database_group,
    routes_command,
    schema_group,
    info_command,
):
    cli.add_command(command)


def main() -> None:
    """Run the command; a wrong setting ends it with one sentence each."""
    try:
        cli(prog_name="sigmasight")
    except SettingsError as error:
        click.echo(f"SigmaSight cannot start:\n{error}\nREADME.md lists every setting.", err=True)
        sys.exit(2)
