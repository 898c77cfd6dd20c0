"""The `sigmasight` command: Litestar's own, with our groups."""

import sys
from typing import Final

import rich_click as click
from litestar.cli._utils import LitestarEnv, LitestarGroup

from sigmasight.entrypoints.cli.api_keys import list_api_keys, revoke_api_key
from sigmasight.entrypoints.cli.audit import audit_group
from sigmasight.entrypoints.cli.billing import billing_group
from sigmasight.entrypoints.cli.database import database_group
from sigmasight.entrypoints.cli.description import (
    describe_server,
    info_command,
    routes_command,
    schema_group,
)
from sigmasight.entrypoints.cli.doctor import doctor_command
from sigmasight.entrypoints.cli.fundamentals import fundamentals_group
from sigmasight.entrypoints.cli.grants import grant_messages, revoke_grant
from sigmasight.entrypoints.cli.invites import invites_group
from sigmasight.entrypoints.cli.jobs import jobs_group
from sigmasight.entrypoints.cli.maintenance import fixes_group
from sigmasight.entrypoints.cli.output import help_config
from sigmasight.entrypoints.cli.prices import prices_group
from sigmasight.entrypoints.cli.profiles import benchmarks_group, profiles_group
from sigmasight.entrypoints.cli.run import run_command
from sigmasight.entrypoints.cli.usage import usage_group
from sigmasight.entrypoints.cli.users import users_group
from sigmasight.entrypoints.cli.webhooks import webhooks_group
from sigmasight.entrypoints.cli.worker import worker_command
from sigmasight.entrypoints.local.dev import dev_command
from sigmasight.settings import SettingsError

SERVER: Final = "sigmasight.entrypoints.server:create_server"


@click.group(cls=LitestarGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sigmasight")
@click.pass_context
def cli(context: click.Context) -> None:
    """SigmaSight's API server. `sigmasight dev` runs everything on this machine."""
    if context.invoked_subcommand == run_command.name:
        context.obj = lambda: LitestarEnv.from_env(SERVER)
    else:
        context.obj = lambda: describe_server(SERVER)


users_group.add_command(list_api_keys)
users_group.add_command(revoke_api_key)
users_group.add_command(grant_messages)
users_group.add_command(revoke_grant)
usage_group.add_command(grant_messages)

for command in (
    dev_command,
    run_command,
    worker_command,
    doctor_command,
    database_group,
    webhooks_group,
    billing_group,
    users_group,
    usage_group,
    invites_group,
    audit_group,
    prices_group,
    profiles_group,
    benchmarks_group,
    fundamentals_group,
    fixes_group,
    jobs_group,
    routes_command,
    schema_group,
    info_command,
):
    cli.add_command(command)


def main() -> None:
    """Run the command; report each invalid setting in a sentence."""
    try:
        cli(prog_name="sigmasight", rich_help_config=help_config())
    except SettingsError as error:
        click.echo(f"SigmaSight cannot start:\n{error}\nREADME.md lists every setting.", err=True)
        sys.exit(2)
