"""`sigmasight profiles` and `sigmasight benchmarks`: import reference data."""

from pathlib import Path

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.portfolios.benchmarks import ImportBenchmarks
from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.profiles import ImportProfiles
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import file_argument, strict_option
from sigmasight.entrypoints.cli.record_files import read_records, report_import
from sigmasight.entrypoints.cli.shared import run_async


@click.group(name="profiles")
def profiles_group() -> None:
    """Import company profiles."""


@profiles_group.command("import")
@file_argument
@strict_option("record")
@prints
def import_profiles(file: Path, *, strict: bool, output: Output) -> None:
    """Import FILE, a CSV with a header row or a JSON array of objects, by `symbol`.

    A symbol's profile replaces the existing one. Bad records are reported and skipped; with
    --strict, nothing is stored if there is any. The exit code is 1 if there are bad records.
    docs/operating.md describes the columns.
    """
    records = read_records(file, required={"symbol"})

    async def run(scope: AsyncContainer) -> ImportReport:
        return await (await scope.get(ImportProfiles))(records, strict=strict)

    report_import(output, run_async(run), file, "profile")


@click.group(name="benchmarks")
def benchmarks_group() -> None:
    """Import the sector weights of benchmarks."""


@benchmarks_group.command("import")
@file_argument
@prints
def import_benchmarks(file: Path, *, output: Output) -> None:
    """Import FILE, a CSV of `benchmark,as_of,sector,weight`: all of it, or nothing.

    The weights of a day are fractions that must add up to 1, within 0.01.
    """
    records = read_records(file, required={"benchmark", "as_of", "sector", "weight"})

    async def run(scope: AsyncContainer) -> ImportReport:
        return await (await scope.get(ImportBenchmarks))(records)

    report_import(output, run_async(run), file, "weight")
