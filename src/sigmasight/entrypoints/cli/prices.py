"""`sigmasight prices`: import and show prices."""

import csv
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from os import fstat
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import rich_click as click
from dishka import AsyncContainer
from rich.progress import TaskProgressColumn

from sigmasight.domain.portfolios.prices import (
    FindPrices,
    ImportPrices,
    ImportReport,
    Price,
)
from sigmasight.domain.portfolios.splits import ImportSplits
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import file_argument, limit_option, strict_option
from sigmasight.entrypoints.cli.price_files import HEADERS, price_reader
from sigmasight.entrypoints.cli.record_files import read_records, report_import
from sigmasight.entrypoints.cli.shared import progress_bar, run_async

LAST: Final = 20
MAX_LINE_LENGTH: Final = 1000


@click.group(name="prices")
def prices_group() -> None:
    """Import and show prices."""


@prices_group.command("import")
@file_argument
@strict_option("line")
@prints
def import_prices(file: Path, *, strict: bool, output: Output) -> None:
    """Import FILE, a CSV of `symbol,date,close`; existing prices are replaced.

    A fourth column, `implied_volatility`, is that of options, as a fraction. Rates of currencies
    are prices of symbols such as EURUSD; the European Central Bank's files of reference rates are
    read as they are. Bad lines are reported and skipped; with --strict, nothing is stored if there
    is any. The exit code is 1 if there are bad lines.
    """
    with file.open("rb") as opened:
        report = run_async(lambda scope: _import(scope, opened, strict=strict))
    report_import(output, report, file, "price")


@prices_group.group("splits")
def splits_group() -> None:
    """Import splits of shares."""


@splits_group.command("import")
@file_argument
@strict_option("line")
@prints
def import_splits(file: Path, *, strict: bool, output: Output) -> None:
    """Import FILE, a CSV of `symbol,date,ratio`, such as `NVDA,2024-06-10,10:1`.

    The ratio is shares after for shares before, the date the first day traded afterwards. Closes
    before a split are divided by its ratio wherever closes are compared, unless they are adjusted
    already. Existing splits are replaced.
    """
    records = read_records(file, required={"symbol", "date", "ratio"})

    async def run(scope: AsyncContainer) -> ImportReport:
        return await (await scope.get(ImportSplits))(records, strict=strict)

    report_import(output, run_async(run), file, "split")


@prices_group.command("show")
@click.argument("symbol", help="The symbol, in any case.")
@limit_option(LAST)
@prints
def show_prices(symbol: str, limit: int, *, output: Output) -> None:
    """Show the last closing prices of SYMBOL, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[Price]:
        return await (await scope.get(FindPrices))(symbol, limit=limit)

    rows: list[dict[str, Any]] = [
        {"symbol": price.symbol, "date": price.date, "close": f"{price.close:f}"}
        for price in run_async(find)
    ]
    output.table(rows, title=f"Prices of {symbol.upper()}")


async def _import(scope: AsyncContainer, file: BinaryIO, *, strict: bool) -> ImportReport:
    import_prices = await scope.get(ImportPrices)
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    with progress_bar(TaskProgressColumn()) as bar:
        task = bar.add_task("Reading …", total=fstat(file.fileno()).st_size)

        def on_progress(report: ImportReport) -> None:
            bar.update(task, completed=file.tell(), description=f"{report.read:,} lines")

        def lines() -> Iterator[tuple[int, Sequence[str]]]:
            text.seek(0)
            return _lines(text)

        return await import_prices(lines, strict=strict, on_progress=on_progress)


def _lines(file: TextIO) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the lines after the header, each parsed by itself: a stray quote spoils one line."""
    number = 1
    header = _fields(file.readline(MAX_LINE_LENGTH))
    prices_of = price_reader(header)
    if prices_of is None:
        raise click.BadParameter(f"its first line is not {HEADERS}", param_hint="FILE")
    while line := file.readline(MAX_LINE_LENGTH):
        number += 1
        if len(line) == MAX_LINE_LENGTH and not line.endswith("\n"):
            while (rest := file.readline(MAX_LINE_LENGTH)) and not rest.endswith("\n"):
                pass
            yield number, [line]
        elif fields := _fields(line):
            for price in prices_of(fields):
                yield number, price


def _fields(line: str) -> list[str]:
    line = line.strip()
    if '"' not in line:
        return line.split(",") if line else []
    return next(csv.reader([line]))
