"""A file, read: the entries it makes, or every fault it has."""

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
"""Among how many rows a broker's header is looked for: a statement first sums up every symbol."""


@dataclass(slots=True)
class ParsedFile:
    """What is to be imported of a file, and what is not."""

    entries: ParsedRows = field(default_factory=ParsedRows)
    left_out: Sequence[SkippedRow] = ()


def parse_file(file: CsvFile, *, today: date, as_of: date | None) -> ParsedFile:
    """Read a file of our template or of a broker; the latter's positions were entered `as_of`.

    Raise CsvInvalidError, or ValidationFailedError where that day is needed and not known.
    """
    faults = RowErrors()
    reading = ParsedFile()
    try:
        reading = _read(rows_of(file), faults, today, as_of)
    except UnreadableError as refusal:
        faults.add(refusal.fault)
    if not (reading.entries or faults.total):
        nothing = "There is no row in the file of which a position can be made."
        faults.add(RowError(row=1, code=FileCode.EMPTY, message=nothing))
    faults.refuse_any()
    return reading


def _read(
    rows: Iterator[Row | BadRow], faults: RowErrors, today: date, as_of: date | None
) -> ParsedFile:
    before: list[Row] = []
    for row in islice(rows, MAX_HEADER_LINE):
        if isinstance(row, BadRow):
            faults.add(_bad(row))
            continue
        if layout := layout_of(row):
            export = BrokerFile(layout, row, before, rows)
            return ParsedFile(*export.entries(today=today, as_of=as_of))
        before.append(row)
        if len(before) == 1 and is_header(row):
            break
    for header in before[:1]:
        for fault in header_errors(header):
            faults.add(fault)
        if not faults.total:
            return ParsedFile(_entries(column_indexes(header), rows, faults, today))
    return ParsedFile()


def _entries(
    fields: Sequence[str | None], rows: Iterable[Row | BadRow], faults: RowErrors, today: date
) -> ParsedRows:
    """Return what the rows of our template say, as long as none has a fault."""
    entries = ParsedRows()
    seen: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if isinstance(row, BadRow):
            faults.add(_bad(row))
            continue
        said = {
            name or "": text
            for name, cell in zip_longest(fields, row.cells)
            if cell and (text := cell.strip())
        }
        if "" in said:
            what = f"This row has a cell beyond the columns of the header: “{said[''][:50]}”."
            faults.add(RowError(row=row.number, code=FileCode.MALFORMED, message=what))
            continue
        try:
            entry = parse_row(said, today=today)
        except ValidationFailedError as refusal:
            symbol = said.get("symbol", "")
            for fault in row_errors(refusal.errors, row=row.number, symbol=symbol, columns=COLUMNS):
                faults.add(fault)
        else:
            if not faults.total:
                entries.append(entry)
        if twice := _same(said, row.number, seen):
            faults.add(twice)
    return entries


def _same(
    said: Mapping[str, str], number: int, seen: defaultdict[date, dict[str, int]]
) -> RowError | None:
    """Return a fault if a row before had the same symbol and entry date."""
    if "symbol" not in said or "entry_date" not in said:
        return None
    symbol, entered = said["symbol"].upper(), parse_date("entry_date", said["entry_date"])
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
