"""`sigmasight prices`: take prices in from a file, and look at them."""

import csv
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from os import fstat
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import rich_click as click
from dishka import AsyncContainer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.prices import (
    MAX_REPORTED_LINES,
    FindPrices,
    ImportPrices,
    ImportReport,
    Price,
)
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    as_json,
    print_json,
    print_message,
    print_table,
    run_async,
)

HEADER: Final = ["symbol", "date", "close"]
LAST: Final = 20
MAX_LINE_LENGTH: Final = 1000


@click.group(name="prices")
def prices_group() -> None:
    """Take prices in from a file, and look at them."""


@prices_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--strict", is_flag=True, help="Store nothing if any line is bad.")
@as_json
def import_prices(file: Path, *, strict: bool, as_json: bool) -> None:
    """Take in FILE, a CSV of `symbol,date,close`: a day's close replaces the one there is.

    Bad lines are told and skipped; with --strict they refuse the whole file. Ends with 1 where
    there is any.
    """
    with file.open("rb") as opened:
        report = run_async(lambda scope: _import(scope, opened, strict=strict))
    if as_json:
        figures = {"read": report.read, "stored": report.stored, "bad": report.bad}
        print_json({**figures, "first_bad": report.bad_lines})
    else:
        _tell(report, file)
    if report.bad:
        sys.exit(FOUND)


@prices_group.command("show")
@click.argument("symbol")
@click.option("--limit", default=LAST, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def show_prices(symbol: str, limit: int, *, as_json: bool) -> None:
    """Show what SYMBOL closed at last, the newest day first."""

    async def look(scope: AsyncContainer) -> Sequence[Price]:
        return await (await scope.get(FindPrices))(symbol, limit=limit)

    rows: list[dict[str, Any]] = [
        {"symbol": price.symbol, "date": price.date, "close": f"{price.close:f}"}
        for price in run_async(look)
    ]
    print_table(rows, title=f"Prices of {escape(symbol.upper())}", as_json=as_json)


async def _import(scope: AsyncContainer, file: BinaryIO, *, strict: bool) -> ImportReport:
    take_in = await scope.get(ImportPrices)
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    with _bytes_read() as bar:
        task = bar.add_task("Reading …", total=fstat(file.fileno()).st_size)

        def tell(report: ImportReport) -> None:
            bar.update(task, completed=file.tell(), description=f"{report.read:,} lines")

        def lines() -> Iterator[tuple[int, Sequence[str]]]:
            text.seek(0)
            return _lines(text)

        return await take_in(lines, strict=strict, on_progress=tell)


def _lines(file: TextIO) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the lines behind the header, each read by itself: a stray quote spoils one alone."""
    number = 1
    if [name.strip().lower() for name in _fields(file.readline(MAX_LINE_LENGTH))] != HEADER:
        raise click.BadParameter(f"its first line is not {','.join(HEADER)}", param_hint="FILE")
    while line := file.readline(MAX_LINE_LENGTH):
        number += 1
        if len(line) == MAX_LINE_LENGTH and not line.endswith("\n"):
            while (rest := file.readline(MAX_LINE_LENGTH)) and not rest.endswith("\n"):
                pass
            yield number, [line]
        elif fields := _fields(line):
            yield number, fields


def _fields(line: str) -> list[str]:
    line = line.strip()
    if '"' not in line:
        return line.split(",") if line else []
    return next(csv.reader([line]))


def _bytes_read() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _tell(report: ImportReport, file: Path) -> None:
    print_message(f"{count_noun(report.stored, 'price')} taken in from {escape(str(file))}.")
    if not report.bad:
        return
    rows = [{"line": bad.number, "why": bad.reason} for bad in report.bad_lines]
    print_table(rows, title=f"Bad lines: {report.bad:,}", as_json=False)
    if report.bad > MAX_REPORTED_LINES:
        print_message(f"These are the first {MAX_REPORTED_LINES}.")
    if not report.stored:
        print_message("Nothing was stored.")
