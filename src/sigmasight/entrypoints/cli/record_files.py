"""Files of records that commands import: CSV with a header row, or a JSON array of objects."""

import csv
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import rich_click as click

from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.prices import MAX_REPORTED_LINES, ImportReport
from sigmasight.domain.portfolios.profiles import Record, Records
from sigmasight.entrypoints.cli.output import Output
from sigmasight.entrypoints.cli.shared import FOUND, row

MAX_BYTES: Final = 100_000_000
DECODE: Final = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal).decode


def read_records(file: Path, *, required: set[str]) -> Records:
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
        ) from error


def _lines(text: str, header: list[str]) -> Iterator[tuple[int, Record]]:
    """Yield each line after the header, parsed by itself: a stray quote spoils one line."""
    for number, line in enumerate(text.splitlines()[1:], start=2):
        if line.strip():
            yield number, dict(zip(header, next(csv.reader([line])), strict=False))


def report_import(output: Output, report: ImportReport, file: Path, noun: str) -> None:
    """Print what was imported, and the first bad records; exit with 1 if there are any."""
    output.result(
        f"{count_noun(report.stored, noun)} imported from {file}.",
        row(report, "read", "stored", "bad"),
        first_bad=[row(each, "number", "reason") for each in report.bad_lines],
    )
    if not report.bad:
        return
    if report.bad > MAX_REPORTED_LINES:
        output.note(f"{report.bad:,} are bad; only the first {MAX_REPORTED_LINES} are shown.")
    if not report.stored:
        output.note("Nothing was stored.")
    sys.exit(FOUND)
