"""Files of records that commands import: CSV with a header row, or a JSON array of objects."""

import csv
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import rich_click as click

from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.profiles import Record, Records
from sigmasight.entrypoints.cli.shared import FOUND, print_import_report

MAX_BYTES: Final = 100_000_000
DECODE: Final = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal).decode

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


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


def report_import(report: ImportReport, file: Path, noun: str, *, as_json: bool) -> None:
    """Print what was imported; exit with 1 if there were bad records."""
    print_import_report(report, file, noun, as_json=as_json)
    if report.bad:
        sys.exit(FOUND)
