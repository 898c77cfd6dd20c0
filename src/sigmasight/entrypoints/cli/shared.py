"""What operators' commands share: the wiring, refusals, and answers for people and programs."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import rich_click as click
from dishka import AsyncContainer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from sigmasight.domain.health import Schema
from sigmasight.domain.kernel import DatabaseUnavailableError, DomainError
from sigmasight.entrypoints.composition import build_container, database
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.entrypoints.remedies import describe
from sigmasight.settings import Settings

FOUND: Final = 1
"""The exit code of a command that found something an operator should look at."""
REFUSED: Final = 2
PIPE: Final = 1000
"""How wide a line may be where it is not a terminal's: there, nothing is folded."""

T = TypeVar("T")
Row = Mapping[str, Any]

as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")


class Refusal(click.ClickException):
    """What cannot be done, and why."""

    exit_code = REFUSED


def run_async(work: Callable[[AsyncContainer], Awaitable[T]]) -> T:
    """Do an operator's work on the settings' database, wired as the server is."""
    settings = Settings.load()
    quiet = settings.model_copy(update={"log_level": "WARNING"})
    configure_logging(quiet, sys.stderr)
    with database(settings) as address:
        ready = Settings.load(database_url=address)
        return asyncio.run(_operate(ready, work))


async def _operate(settings: Settings, work: Callable[[AsyncContainer], Awaitable[T]]) -> T:
    container = build_container(settings)
    try:
        await _require_database(await container.get(Schema))
        async with container() as scope:
            return await work(scope)
    except DomainError as error:
        raise Refusal(describe(error)) from error
    finally:
        await container.close()


async def _require_database(schema: Schema) -> None:
    """Refuse to work on one that is not ready; why it does not answer helps to set it right."""
    try:
        await schema.require_current()
    except DatabaseUnavailableError as error:
        raise Refusal(f"{error} ({error.__cause__})") from error


def print_table(
    rows: Iterable[Row], *, title: str, as_json: bool, leaving_out: Collection[str] = ()
) -> None:
    """Show rows that have the same members: a table, or a JSON array with what that leaves out."""
    rows = list(rows)
    if as_json:
        print_json(rows)
        return
    if not rows:
        print_message(f"{title}: none.")
        return
    names = [name for name in rows[0] if name not in leaving_out]
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    console().print(table)


def print_record(row: Row, *, title: str, as_json: bool) -> None:
    """Show one thing: a line for each of its members, or a JSON object."""
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


def progress_bar() -> Progress:
    """Return a bar that leaves standard output to the answer."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def console() -> Console:
    """Return standard output, as wide as its terminal is."""
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
