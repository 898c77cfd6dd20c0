"""CSV files, and the errors of importing them."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Final

from sigmasight.domain.portfolios.csv_import.csv_file import CsvFile
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError, RowError
from sigmasight.domain.portfolios.csv_import.parser import ImportOptions, ParsedFile, parse_file
from sigmasight.domain.portfolios.csv_import.rows import ParsedRow
from sigmasight.domain.portfolios.csv_import.template import COLUMNS

TODAY: Final = date(2026, 1, 15)
HEADER: Final = ",".join(COLUMNS.values())
STOCK: Final[Mapping[str, str]] = {
    "symbol": "ACME",
    "quantity": "10",
    "avg_cost": "12.50",
    "entry_date": "2025-06-30",
}
OPTION: Final[Mapping[str, str]] = {
    **STOCK,
    "symbol": "ACME260619C00015000",
    "investment_class": "OPTIONS",
    "underlying_symbol": "ACME",
    "strike_price": "15",
    "expiration_date": "2026-06-19",
    "option_type": "CALL",
}


def row(cells: Mapping[str, str]) -> str:
    """Return a row of the template, quoted where it has to be."""
    line = io.StringIO()
    csv.writer(line).writerow([cells.get(field, "") for field in COLUMNS])
    return line.getvalue().removesuffix("\r\n")


def a_stock(**cells: str) -> str:
    return row({**STOCK, **cells})


def an_option(**cells: str) -> str:
    return row({**OPTION, **cells})


def text_of(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


def reading_of(
    content: str | bytes,
    *,
    name: str = "positions.csv",
    as_of: date | None = None,
    strict: bool = False,
) -> ParsedFile:
    body = content.encode() if isinstance(content, str) else content
    file = CsvFile(name, io.BytesIO(body))
    return parse_file(file, today=TODAY, options=ImportOptions(as_of=as_of, strict=strict))


def faults_of(content: str | bytes, *, name: str = "positions.csv") -> list[RowError]:
    """Return what is wrong with a file; nothing, if it can be imported."""
    try:
        reading_of(content, name=name)
    except CsvInvalidError as refusal:
        return refusal.errors.first
    return []


def codes_of(content: str | bytes, *, name: str = "positions.csv") -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in faults_of(content, name=name)]


def codes_of_rows(*rows: str) -> list[tuple[int, str]]:
    """Return the codes and lines of the errors of rows below a header."""
    return codes_of(text_of(*rows))


def entries_of(reading: ParsedFile) -> list[ParsedRow]:
    return reading.entries.slice(0, len(reading.entries))


def symbols(reading: ParsedFile) -> list[str]:
    return [entry.terms.symbol for entry in entries_of(reading)]
