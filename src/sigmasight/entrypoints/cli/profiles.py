"""`sigmasight profiles` and `sigmasight benchmarks`: import reference data."""

import csv
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.portfolios.benchmarks import ImportBenchmarks
from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.profiles import ImportProfiles, Record, Records
from sigmasight.entrypoints.cli.shared import FOUND, as_json, print_import_report, run_async

MAX_BYTES: Final = 100_000_000
DECODE: Final = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal).decode

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(name="profiles")
def profiles_group() -> None:
    """Import company profiles."""


@profiles_group.command("import")
@file_argument
@click.option("--strict", is_flag=True, help="Store nothing if any record is bad.")
@as_json
def import_profiles(file: Path, *, strict: bool, as_json: bool) -> None:
    """Import FILE, a CSV with a header row or a JSON array of objects, by `symbol`.

    A symbol's profile replaces the existing one. Bad records are reported and skipped; with
    --strict, nothing is stored if there is any. The exit code is 1 if there are bad records.
    docs/operating.md describes the columns.
    """
    records = _records(file, required={"symbol"})

    async def run(scope: AsyncContainer) -> ImportReport:
        return await (await scope.get(ImportProfiles))(records, strict=strict)

    _report(run_async(run), file, "profile", as_json=as_json)


@click.group(name="benchmarks")
def benchmarks_group() -> None:
    """Import the sector weights of benchmarks."""


@benchmarks_group.command("import")
@file_argument
@as_json
def import_benchmarks(file: Path, *, as_json: bool) -> None:
    """Import FILE, a CSV of `benchmark,as_of,sector,weight`: all of it, or nothing.

    The weights of a day are fractions that must add up to 1, within 0.01.
    """
    records = _records(file, required={"benchmark", "as_of", "sector", "weight"})

    async def run(scope: AsyncContainer) -> ImportReport:
        return await (await scope.get(ImportBenchmarks))(records)

    _report(run_async(run), file, "weight", as_json=as_json)


def _records(file: Path, *, required: set[str]) -> Records:
    """Return a file's records with the numbers of their lines, or of objects in a JSON array."""
    if file.stat().st_size > MAX_BYTES:
        raise click.BadParameter(
            f"is larger than {MAX_BYTES // 1_000_000} MB; split it", param_hint="FILE"
        )
    text = file.read_bytes().decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("["):
        objects = _objects(text)
        return lambda: enumerate(objects, start=1)
    header = [name.strip().lower() for name in next(csv.reader(text.splitlines()), [])]
    if not required <= set(header):
        missing = ", ".join(sorted(required - set(header)))
        raise click.BadParameter(f"its first line lacks {missing}", param_hint="FILE")
    return lambda: _lines(text, header)


def _objects(text: str) -> list[Mapping[str, object]]:
    try:
        return [*DECODE(text)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise click.BadParameter(
            f"is not a JSON array of objects: {error}", param_hint="FILE"
        ) from (error)


def _lines(text: str, header: list[str]) -> Iterator[tuple[int, Record]]:
    """Yield each line after the header, parsed by itself: a stray quote spoils one line."""
    for number, line in enumerate(text.splitlines()[1:], start=2):
        if line.strip():
            yield number, dict(zip(header, next(csv.reader([line])), strict=False))


def _report(report: ImportReport, file: Path, noun: str, *, as_json: bool) -> None:
    print_import_report(report, file, noun, as_json=as_json)
    if report.bad:
        sys.exit(FOUND)
