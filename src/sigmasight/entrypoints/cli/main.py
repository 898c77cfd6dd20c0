"""The `sigmasight` command: which commands there are. Each is imported when it is invoked."""

import sys
from functools import partial
from pkgutil import resolve_name
from typing import Any, Final

import rich_click as click

from sigmasight.entrypoints.cli.lazy_group import Entry, LazyGroup
from sigmasight.entrypoints.cli.output import help_config
from sigmasight.setting_errors import SettingsError

CLI: Final = "sigmasight.entrypoints.cli."
ENTRIES: Final = {
    "dev": Entry(
        "sigmasight.entrypoints.local.dev:dev_command",
        "Run everything on this machine: no account, no Docker, no network.",
    ),
    "run": Entry(f"{CLI}run:run_command", "Serve the API."),
    "worker": Entry(
        f"{CLI}worker:worker_command",
        "Run background jobs; any number of workers may run, on any number of machines.",
    ),
    "doctor": Entry(
        f"{CLI}doctor:doctor_command",
        "Check settings, database, Clerk, webhooks, model and clock: exit code 1 means a fault.",
    ),
    "database": Entry(
        f"{CLI}database:database_group",
        "Manage the database: upgrade, backup, restore and more.",
    ),
    "webhooks": Entry(
        f"{CLI}webhooks:webhooks_group", "List, replay, dismiss and prune Clerk's webhooks."
    ),
    "billing": Entry(f"{CLI}billing:billing_group", "Compare subscriptions with Clerk Billing."),
    "users": Entry(
        f"{CLI}users:users_group",
        "Find, link, deactivate and migrate users, and undo that.",
    ),
    "usage": Entry(f"{CLI}grants:usage_group", "Show AI messages, and grant more."),
    "invites": Entry(
        f"{CLI}invites:invites_group",
        "List who came by which invite code, and let people in or out.",
    ),
    "audit": Entry(f"{CLI}audit:audit_group", "Read the audit trail, which nobody can change."),
    "prices": Entry(f"{CLI}prices:prices_group", "Import and show prices."),
    "profiles": Entry(f"{CLI}profiles:profiles_group", "Import company profiles."),
    "benchmarks": Entry(
        f"{CLI}profiles:benchmarks_group", "Import the sector weights of benchmarks."
    ),
    "fundamentals": Entry(f"{CLI}fundamentals:fundamentals_group", "Import what companies report."),
    "fixes": Entry(
        f"{CLI}maintenance:fixes_group", "List the maintenance runs started under /admin/fix."
    ),
    "retention": Entry(
        f"{CLI}retention:retention_group",
        "Show which records have expired, and delete them; workers do so every six hours.",
    ),
    "jobs": Entry(
        f"{CLI}jobs:jobs_group",
        "List calculations and maintenance runs, retry and cancel them.",
    ),
    "routes": Entry(
        f"{CLI}description:routes_command",
        "List the paths that a server answers, and which function handles each method.",
    ),
    "schema": Entry(f"{CLI}description:schema_group", "Manage server-side OpenAPI schemas."),
    "info": Entry(
        f"{CLI}description:info_command",
        "Show the versions of this program, and how its server is configured.",
    ),
}


@click.group(
    cls=LazyGroup,
    entries=ENTRIES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="sigmasight")
@click.pass_context
def cli(context: click.Context) -> None:
    """SigmaSight's API server. `sigmasight dev` runs everything on this machine."""
    application = "run:serve" if context.invoked_subcommand == "run" else "description:describe"
    context.obj = partial(_application, f"{CLI}{application}")


def _application(target: str) -> Any:
    """Return the application that Litestar's own commands work on, as its LitestarEnv."""
    return resolve_name(target)()


def main() -> None:
    """Run the command; report each invalid setting in a sentence."""
    try:
        cli(prog_name="sigmasight", rich_help_config=help_config())
    except SettingsError as error:
        click.echo(f"SigmaSight cannot start:\n{error}\nREADME.md lists every setting.", err=True)
        sys.exit(2)
