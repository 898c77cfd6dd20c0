"""The `sigmasight` command: Litestar's own, with our groups."""

import os

import rich_click as click
from litestar.cli._utils import LitestarEnv, LitestarGroup
from litestar.cli.commands.core import run_command

from sigmasight.entrypoints.composition import database
from sigmasight.settings import Settings

SERVER = "sigmasight.entrypoints.server:create_server"


@click.group(cls=LitestarGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sigmasight")
@click.pass_context
def cli(context: click.Context) -> None:
    """SigmaSight's API server. `sigmasight dev` runs everything on this machine."""
    if context.invoked_subcommand == "run":
        os.environ["DATABASE_URL"] = context.with_resource(database(Settings.load_for_serving()))
    context.obj = lambda: LitestarEnv.from_env(SERVER)


# Litestar calls its processes "wc", for web concurrency; everybody else's word works too.
run_command.context_settings["token_normalize_func"] = {"workers": "wc"}.get
