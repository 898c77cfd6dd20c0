"""What the operators' commands share: running use cases, and reporting errors."""

import asyncio
import getpass
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeVar, cast

import msgspec
import rich_click as click
from dishka import AsyncContainer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from sigmasight.domain.access.recorded_settings import CompareSettings, SettingDifference
from sigmasight.domain.audit import AuditAction, RecordOperation, act_as
from sigmasight.domain.health import Schema
from sigmasight.domain.kernel import (
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DomainError,
)
from sigmasight.entrypoints.composition import build_container, database
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.entrypoints.remedies import describe
from sigmasight.settings import Settings

FOUND: Final = 1
"""The exit code of a command that found something for an operator to check."""
REFUSED: Final = 2

T = TypeVar("T")


class CommandFailedError(click.ClickException):
    """Ends a command with a message."""

    exit_code = REFUSED


def require_confirmation(question: str, *, given: bool, flag: str = "--yes") -> None:
    """Ask at a terminal; without one, refuse unless the flag was given."""
    if given:
        return
    if not sys.stdin.isatty():
        raise CommandFailedError(
            f"{question} There is no terminal to ask at: confirm with {flag}. Nothing was changed."
        )
    click.confirm(question, abort=True, err=True)


def run_async(work: Callable[[AsyncContainer], Awaitable[T]]) -> T:
    """Run a command on the settings' database, wired as the server is."""
    settings = Settings.load()
    configure_logging(settings.model_copy(update={"log_level": "WARNING"}), sys.stderr)
    with database(settings) as address:
        return asyncio.run(_run(Settings.load(database_url=address), work))


async def _run(settings: Settings, work: Callable[[AsyncContainer], Awaitable[T]]) -> T:
    container = build_container(settings)
    try:
        await _require_database(await container.get(Schema))
        async with container() as scope:
            await _record(await scope.get(RecordOperation))
        async with container() as scope:
            _report_differences(await (await scope.get(CompareSettings))())
        async with container() as scope:
            return await work(scope)
    except DomainError as error:
        raise CommandFailedError(describe(error)) from error
    finally:
        await container.close()


SECRET: Final = frozenset({"code"})
"""Parameters whose value opens a door, which the audit trail only mentions."""


async def _record(record: RecordOperation) -> None:
    """Record the command in the audit trail before it begins."""
    act_as(operator())
    try:
        await record(AuditAction.COMMAND, operation())
    except DatabaseReadOnlyError:
        click.echo("The database only reads: this command is not in the audit trail.", err=True)


def operator() -> str:
    """Return who runs this command, as the audit trail names them."""
    return f"command:{getpass.getuser()}@{socket.gethostname()}"


def operation() -> str:
    """Return the current command with what it was given."""
    context = cast("click.Context", click.get_current_context())
    names = [each.name or "" for each in context.command.params]
    given = [
        f"{name}={'…' if name in SECRET else context.params[name]}"
        for name in names
        if context.params.get(name)
    ]
    return " ".join([context.command_path, *given]).encode(errors="replace").decode()


def _report_differences(differences: Iterable[SettingDifference]) -> None:
    for each in differences:
        here, servers = (msgspec.json.encode(value).decode() for value in (each.here, each.servers))
        click.echo(f"{each.name} is {here} here, and {servers} on the servers.", err=True)


async def _require_database(schema: Schema) -> None:
    """Fail unless the database is ready; the cause helps the operator to fix it."""
    try:
        await schema.require_current()
    except DatabaseReadOnlyError:
        """What only reads works; the rest is refused when it writes."""
    except DatabaseUnavailableError as error:
        raise CommandFailedError(f"{error} ({error.__cause__})") from error


def row(source: object, *names: str) -> dict[str, Any]:
    """Return these attributes as a row."""
    return {name: getattr(source, name) for name in names}


def progress_bar(count: ProgressColumn | None = None) -> Progress:
    """Return a progress bar on standard error; `count` is by default the number of items."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        count or MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
