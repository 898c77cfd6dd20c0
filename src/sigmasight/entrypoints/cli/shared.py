"""What the operators' commands share: running use cases, and printing results and errors."""

import asyncio
import getpass
import socket
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec
import rich_click as click
from dishka import AsyncContainer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column, Table

from sigmasight.domain.access.recorded_settings import CompareSettings, SettingDifference
from sigmasight.domain.audit import AuditAction, RecordOperation, act_as
from sigmasight.domain.health import Schema
from sigmasight.domain.kernel import (
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DomainError,
    count_noun,
)
from sigmasight.domain.portfolios.prices import MAX_REPORTED_LINES, ImportReport
from sigmasight.entrypoints.composition import build_container, database
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.entrypoints.remedies import describe
from sigmasight.settings import Settings

FOUND: Final = 1
"""The exit code of a command that found something for an operator to check."""
REFUSED: Final = 2
PIPE: Final = 1000
"""The width of lines outside a terminal, where nothing is folded."""

T = TypeVar("T")
Row = Mapping[str, Any]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


yes = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


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
    act_as(f"command:{getpass.getuser()}@{socket.gethostname()}")
    context = cast("click.Context", click.get_current_context())
    names = [each.name or "" for each in context.command.params]
    given = [
        f"{name}={'…' if name in SECRET else context.params[name]}"
        for name in names
        if context.params.get(name)
    ]
    try:
        text = " ".join([context.command_path, *given])
        await record(AuditAction.COMMAND, text.encode(errors="replace").decode())
    except DatabaseReadOnlyError:
        click.echo("The database only reads: this command is not in the audit trail.", err=True)


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


def print_table(
    rows: Iterable[Row], *, title: str, as_json: bool, hidden: Collection[str] = ()
) -> None:
    """Print rows with the same members as a table, or as a JSON array with the hidden columns."""
    rows = list(rows)
    if as_json:
        print_json(rows)
        return
    if not rows:
        print_message(f"{title}: none.")
        return
    names = [name for name in rows[0] if name not in hidden]
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    console().print(table)


def print_record(row: Row, *, title: str, as_json: bool) -> None:
    """Print a record as one line for each member, or as a JSON object."""
    if as_json:
        print_json(row)
        return
    table = Table("", Column(overflow="fold"), title=title, title_justify="left", show_header=False)
    for name, value in row.items():
        table.add_row(name.replace("_", " "), _cell(value))
    console().print(table)


def print_message(text: str) -> None:
    console().print(text)


def print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def row(source: object, *names: str) -> dict[str, Any]:
    """Return these attributes as a row."""
    return {name: getattr(source, name) for name in names}


def print_import_report(report: ImportReport, file: Path, noun: str, *, as_json: bool) -> None:
    """Print what was imported of a file, and its first bad lines."""
    if as_json:
        print_json({**row(report, "read", "stored", "bad"), "first_bad": report.bad_lines})
        return
    print_message(f"{count_noun(report.stored, noun)} imported from {escape(str(file))}.")
    if not report.bad:
        return
    rows = [{"line": bad.number, "why": bad.reason} for bad in report.bad_lines]
    print_table(rows, title=f"Bad lines: {report.bad:,}", as_json=False)
    if report.bad > MAX_REPORTED_LINES:
        print_message(f"Only the first {MAX_REPORTED_LINES} are shown.")
    if not report.stored:
        print_message("Nothing was stored.")


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


def console() -> Console:
    """Return standard output, as wide as its terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "[green]yes[/]" if value else "[red]no[/]"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%SZ}"
        case _:
            return escape(str(value))
