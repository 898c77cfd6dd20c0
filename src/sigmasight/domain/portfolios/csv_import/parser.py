"""Parsing a file: its entries, or every error."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, zip_longest
from typing import Final

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.brokers import layout_of
from sigmasight.domain.portfolios.csv_import.brokers.holdings import BrokerFile
from sigmasight.domain.portfolios.csv_import.csv_file import BadRow, CsvFile, Row, rows_of
from sigmasight.domain.portfolios.csv_import.errors import (
    DUPLICATE_POSITION,
    FileCode,
    RowError,
    RowErrors,
    SkippedRow,
    UnreadableError,
    row_errors,
)
from sigmasight.domain.portfolios.csv_import.rows import ParsedRows, parse_row
from sigmasight.domain.portfolios.csv_import.template import (
    COLUMNS,
    column_indexes,
    header_errors,
    is_header,
)
from sigmasight.domain.portfolios.csv_import.values import parse_date

MAX_HEADER_LINE: Final = 10_000
"""Rows searched for a broker's header: a statement begins with a summary of every symbol."""


@dataclass(slots=True)
class ParsedFile:
    """The entries of a file, and the rows left out."""

    entries: ParsedRows = field(default_factory=ParsedRows)
    left_out: Sequence[SkippedRow] = ()


def parse_file(file: CsvFile, *, today: date, as_of: date | None) -> ParsedFile:
    """Read a file of our template or of a broker; the latter's positions were entered `as_of`.

    Raise CsvInvalidError, or ValidationFailedError if that day is needed and missing.
    """
    errors = RowErrors()
    reading = ParsedFile()
    try:
        reading = _read(rows_of(file), errors, today, as_of)
    except UnreadableError as refusal:
        errors.add(refusal.error)
    if not (reading.entries or errors.total):
        nothing = "The file has no row with a position."
        errors.add(RowError(row=1, code=FileCode.EMPTY, message=nothing))
    errors.refuse_any()
    return reading


def _read(
    rows: Iterator[Row | BadRow], errors: RowErrors, today: date, as_of: date | None
) -> ParsedFile:
    before: list[Row] = []
    for row in islice(rows, MAX_HEADER_LINE):
        if isinstance(row, BadRow):
            errors.add(_bad(row))
            continue
        if layout := layout_of(row):
            export = BrokerFile(layout, row, before, rows)
            return ParsedFile(*export.entries(today=today, as_of=as_of))
        before.append(row)
        if len(before) == 1 and is_header(row):
            break
    for header in before[:1]:
        for error in header_errors(header):
            errors.add(error)
        if not errors.total:
            return ParsedFile(_entries(column_indexes(header), rows, errors, today))
    return ParsedFile()


def _entries(
    fields: Sequence[str | None], rows: Iterable[Row | BadRow], errors: RowErrors, today: date
) -> ParsedRows:
    """Return the entries of our template's rows, as long as none has an error."""
    entries = ParsedRows()
    seen: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if isinstance(row, BadRow):
            errors.add(_bad(row))
            continue
        cells = {
            name or "": text
            for name, cell in zip_longest(fields, row.cells)
            if cell and (text := cell.strip())
        }
        if "" in cells:
            what = f"This row has a cell beyond the columns of the header: “{cells[''][:50]}”."
            errors.add(RowError(row=row.number, code=FileCode.MALFORMED, message=what))
            continue
        try:
            entry = parse_row(cells, today=today)
        except ValidationFailedError as refusal:
            symbol = cells.get("symbol", "")
            for error in row_errors(refusal.errors, row=row.number, symbol=symbol, columns=COLUMNS):
                errors.add(error)
        else:
            if not errors.total:
                entries.append(entry)
        if twice := _same(cells, row.number, seen):
            errors.add(twice)
    return entries


def _same(
    cells: Mapping[str, str], number: int, seen: defaultdict[date, dict[str, int]]
) -> RowError | None:
    """Return an error if an earlier row has the same symbol and entry date."""
    if "symbol" not in cells or "entry_date" not in cells:
        return None
    symbol, entered = cells["symbol"].upper(), parse_date("entry_date", cells["entry_date"])
    if not isinstance(entered, date):
        return None
    first = seen[entered].setdefault(symbol, number)
    if first == number:
        return None
    message = f"Symbol: Row {first} has the same symbol and entry date."
    return RowError(
        row=number, symbol=symbol[:100], field="Symbol", code=DUPLICATE_POSITION, message=message
    )


def _bad(row: BadRow) -> RowError:
    return RowError(row=row.number, code=FileCode.MALFORMED, message=row.message)
