"""Parsing a file: its entries, or every error."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain, islice, zip_longest
from typing import Final

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.brokers import BROKERS, header_of
from sigmasight.domain.portfolios.csv_import.brokers.activity import activity_of
from sigmasight.domain.portfolios.csv_import.brokers.interactive_brokers import STATEMENT
from sigmasight.domain.portfolios.csv_import.brokers.layout import Field, Layout
from sigmasight.domain.portfolios.csv_import.brokers.table import BrokerFile
from sigmasight.domain.portfolios.csv_import.csv_file import BadRow, CsvFile, Row, normal, rows_of
from sigmasight.domain.portfolios.csv_import.dialect import Dialect, find_dialect
from sigmasight.domain.portfolios.csv_import.errors import (
    DUPLICATE_POSITION,
    MAX_REPORTED_ERRORS,
    CsvInvalidError,
    FileCode,
    RowError,
    RowErrors,
    SkippedRow,
    UnreadableError,
    row_errors,
)
from sigmasight.domain.portfolios.csv_import.mapping import HEADER_ROWS, header_with
from sigmasight.domain.portfolios.csv_import.parsed_rows import ParsedRows
from sigmasight.domain.portfolios.csv_import.plain_rows import append_plain_row
from sigmasight.domain.portfolios.csv_import.rows import parse_row
from sigmasight.domain.portfolios.csv_import.template import (
    COLUMNS,
    column_indexes,
    header_errors,
    is_header,
    is_whole_header,
)
from sigmasight.domain.portfolios.csv_import.values import parse_date

MAX_HEADER_LINE: Final = 10_000
"""Rows searched for a broker's header: a statement begins with a summary of every symbol."""
MAX_SHOWN: Final = 12
"""Headings quoted of an unknown file."""
TEMPLATE_LAYOUT: Final = "template"
DELIMITER_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(slots=True)
class ParsedFile:
    """The entries of a file, and the rows that are none or could not be imported."""

    layout: str | None = None
    """The broker, or `template`."""
    entries: ParsedRows = field(default_factory=ParsedRows)
    left_out: Sequence[SkippedRow] = ()
    failed: Sequence[RowError] = ()
    positions_failed: int = 0
    failed_share: Decimal | None = None
    """The failed holdings' share of the file's stated value; None if it states none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a client wants a file to be read."""

    as_of: date | None = None
    """The entry date of a broker's positions; None: the day that the file states."""
    strict: bool = False
    """Whether a holding that cannot be imported is an error."""
    mapping: Mapping[Field, str] | None = None
    """The headings, or constants, of a table of no known layout."""
    decimal: str | None = None
    month_first: bool | None = None
    accounts: frozenset[str] = frozenset()
    """Those of the file that are imported; all if there are none."""

    def find_dialect(self, file: CsvFile) -> Dialect:
        """Return how a file is written; raise UnreadableError if it is none of text."""
        return find_dialect(file, decimal=self.decimal, month_first=self.month_first)


def parse_file(file: CsvFile, *, today: date, options: ImportOptions) -> ParsedFile:
    """Read a file of our template, of a broker, or of a table that is mapped.

    Raise CsvInvalidError if nothing can be imported or, if strict, if any holding cannot;
    ValidationFailedError if `as_of` is needed and missing.
    """
    reading, errors = read_file(file, today=today, options=options)
    if reading.failed and (options.strict or not reading.entries):
        raise CsvInvalidError(RowErrors(reading.positions_failed, list(reading.failed)))
    if not (reading.entries or errors.total):
        nothing = "The file has no row with a position."
        errors.add(RowError(row=1, code=FileCode.EMPTY, message=nothing))
    errors.refuse_any()
    return reading


def read_file(
    file: CsvFile, *, today: date, options: ImportOptions, dialect: Dialect | None = None
) -> tuple[ParsedFile, RowErrors]:
    """Read a file as far as it can be; raise ValidationFailedError if `as_of` is missing."""
    errors = RowErrors()
    try:
        dialect = dialect or options.find_dialect(file)
        return _read(file, dialect, errors, today, options), errors
    except UnreadableError as refusal:
        errors.add(refusal.error)
        return ParsedFile(), errors


def _read(
    file: CsvFile, dialect: Dialect, errors: RowErrors, today: date, options: ImportOptions
) -> ParsedFile:
    rows = rows_of(file, dialect.delimiter)
    if options.mapping:
        before = list(islice(rows, HEADER_ROWS))
        readable = [row for row in before if isinstance(row, Row)]
        _, header = header_with(options.mapping, readable)
        return _holdings(header.layout, dialect, chain(before, rows), today, options)
    before_header: list[Row | BadRow] = []
    for row in islice(rows, MAX_HEADER_LINE):
        if not isinstance(row, BadRow):
            if layout := layout_of(row):
                known = chain(before_header, [row], rows)
                return _holdings(layout, dialect, known, today, options)
            if is_whole_header(row) or (
                not before_header and is_header(row) and activity_of(row.cells) is None
            ):
                return _template(row, rows, dialect, errors, today)
        before_header.append(row)
    for each in before_header:
        if isinstance(each, BadRow):
            errors.add(_bad(each))
    if not errors.total:
        errors.add(_unknown([each for each in before_header if isinstance(each, Row)], dialect))
    return ParsedFile()


def layout_of(row: Row) -> Layout | None:
    """Return the layout of the broker whose header or first line this is."""
    if header := header_of(row.cells):
        return header.layout
    is_statement = [normal(cell) for cell in row.cells[:2]] in (
        ["statement", "header"],
        ["auszug", "header"],
        ["open positions", "header"],
        ["offene positionen", "header"],
    )
    return STATEMENT if is_statement else None


def _holdings(
    layout: Layout,
    dialect: Dialect,
    rows: Iterable[Row | BadRow],
    today: date,
    options: ImportOptions,
) -> ParsedFile:
    file = BrokerFile(layout, dialect, options.accounts)
    file.read(rows)
    if not file.has_positions:
        missing = "This statement has no table “Open Positions”: it lists no holdings."
        raise UnreadableError(1, FileCode.EMPTY, f"{missing} Export it with that table.")
    found = file.holdings(today=today, as_of=options.as_of)
    share = found.failed_value / found.value if found.failed_value and found.value else None
    return ParsedFile(
        layout.broker,
        found.entries,
        found.left_out[:MAX_REPORTED_ERRORS],
        found.failed[:MAX_REPORTED_ERRORS],
        len(found.failed),
        share,
    )


def _unknown(rows: Sequence[Row], dialect: Dialect) -> RowError:
    """Return the error of a file that is neither of our template nor a broker's."""
    if not rows:
        return RowError(row=1, code=FileCode.EMPTY, message="The file is empty.")
    for row in rows:
        if (broker := activity_of(row.cells)) is not None:
            what = f"This lists transactions, not holdings: it is an activity file{broker}."
            return RowError(
                row=row.number,
                code=FileCode.HEADER_UNUSABLE,
                message=f"{what} Export the positions or holdings instead.",
            )
    row = max(rows[:50], key=lambda each: len([cell for cell in each.cells if cell.strip()]))
    seen = ", ".join(f"“{cell.strip()[:40]}”" for cell in row.cells[:MAX_SHOWN] if cell.strip())
    what = (
        "The header is missing: no column of the template was found. The file is separated by"
        f" {DELIMITER_NAMES[dialect.delimiter]}, and row {row.number} has {seen}."
        f" What can be imported is the CSV template, and the position files of {BROKERS}."
        " Of any other table, POST /onboarding/import-preview suggests how to map its columns."
    )
    return RowError(row=row.number, code=FileCode.HEADER_UNUSABLE, message=what)


def _template(
    header: Row,
    rows: Iterator[Row | BadRow],
    dialect: Dialect,
    errors: RowErrors,
    today: date,
) -> ParsedFile:
    for error in header_errors(header):
        errors.add(error)
    if errors.total:
        return ParsedFile()
    return ParsedFile(
        TEMPLATE_LAYOUT, _entries(column_indexes(header), rows, dialect, errors, today)
    )


def _entries(
    fields: Sequence[str | None],
    rows: Iterable[Row | BadRow],
    dialect: Dialect,
    errors: RowErrors,
    today: date,
) -> ParsedRows:
    """Return the entries of our template's rows, as long as none has an error."""
    entries = ParsedRows()
    seen: defaultdict[date, dict[str, int]] = defaultdict(dict)
    orders = {
        name: dialect.month_first[place]
        for place, name in enumerate(fields)
        if name and place in dialect.month_first
    }
    points = dialect.decimal == "."
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
        twice = _same(cells, row.number, seen, orders)
        usable = points and not (twice or errors.total)
        if usable and append_plain_row(cells, entries, today=today):
            continue
        try:
            entry = parse_row(cells, today=today, decimal=dialect.decimal, orders=orders)
        except ValidationFailedError as refusal:
            symbol = cells.get("symbol", "")
            for error in row_errors(refusal.errors, row=row.number, symbol=symbol, columns=COLUMNS):
                errors.add(error)
        else:
            if not errors.total:
                entries.append(entry)
        if twice:
            errors.add(twice)
    return entries


def _same(
    cells: Mapping[str, str],
    number: int,
    seen: defaultdict[date, dict[str, int]],
    orders: Mapping[str, bool | None],
) -> RowError | None:
    """Return an error if an earlier row has the same symbol and entry date."""
    if "symbol" not in cells or "entry_date" not in cells:
        return None
    symbol, entered = cells["symbol"].upper(), parse_date("entry_date", cells["entry_date"], orders)
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
