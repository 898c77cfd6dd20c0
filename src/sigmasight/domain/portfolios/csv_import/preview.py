"""What an import of a file would do, without doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.csv_import.brokers.layout import Field
from sigmasight.domain.portfolios.csv_import.csv_file import CsvFile, Row, rows_of
from sigmasight.domain.portfolios.csv_import.dialect import Dialect
from sigmasight.domain.portfolios.csv_import.errors import (
    FileCode,
    RowError,
    SkippedRow,
    UnreadableError,
)
from sigmasight.domain.portfolios.csv_import.mapping import (
    HEADER_ROWS,
    Suggestion,
    find_header,
    header_with,
    suggest,
)
from sigmasight.domain.portfolios.csv_import.parser import (
    ImportOptions,
    ParsedFile,
    layout_of,
    read_file,
)
from sigmasight.domain.portfolios.csv_import.rows import ParsedRow
from sigmasight.domain.portfolios.csv_import.template import is_whole_header

MAX_SAMPLES: Final = 3
MAX_ROWS: Final = 100
"""How many rows are shown as they would be imported."""
NEEDED: Final = {Field.SYMBOL, Field.IDENTIFIER, Field.DESCRIPTION}


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    samples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    layout: str | None
    """The broker's or `template`; None of an unknown table."""
    dialect: Dialect
    header_row: int | None
    columns: Sequence[Column]
    suggestions: Sequence[Suggestion]
    """How to map an unknown table."""
    rows: Sequence[ParsedRow]
    """The first ones, as they would be imported."""
    total: int
    problems: Sequence[RowError]
    left_out: Sequence[SkippedRow]
    accounts: Sequence[str]
    currencies: Sequence[str]

    @property
    def mapping(self) -> Mapping[Field, str]:
        """The suggested mapping, to import the file with."""
        return {each.field: each.heading for each in self.suggestions}


def preview_file(file: CsvFile, *, today: date, options: ImportOptions) -> Preview:
    """Read a file with its suggested mapping if it is of no known layout and none is given."""
    try:
        dialect = options.find_dialect(file)
        first = [
            row
            for row in islice(rows_of(file, dialect.delimiter), HEADER_ROWS)
            if isinstance(row, Row)
        ]
    except UnreadableError as refusal:
        return _preview(ParsedFile(), Dialect(), _Table(), [refusal.error])
    header, is_known = _header(first, options)
    suggestions = [] if is_known or header is None else suggest(header.cells)
    if _is_enough(suggestions) and not options.mapping:
        mapping = {each.field: each.heading for each in suggestions}
        reading, problems = _read(file, today, replace(options, mapping=mapping), dialect)
        reading.layout = None
    else:
        reading, problems = _read(file, today, options, dialect)
    return _preview(reading, dialect, _Table(header, first), problems, suggestions)


def _is_enough(suggestions: Sequence[Suggestion]) -> bool:
    fields = {each.field for each in suggestions}
    return Field.QUANTITY in fields and bool(fields & NEEDED)


def _header(rows: Sequence[Row], options: ImportOptions) -> tuple[Row | None, bool]:
    """Return the row of headings, and whether its layout is known."""
    if options.mapping:
        try:
            return header_with(options.mapping, rows)[0], True
        except UnreadableError:
            return find_header(rows), True
    known = next((row for row in rows if layout_of(row) or is_whole_header(row)), None)
    return (known, True) if known else (find_header(rows), False)


def _read(
    file: CsvFile, today: date, options: ImportOptions, dialect: Dialect
) -> tuple[ParsedFile, Sequence[RowError]]:
    try:
        reading, errors = read_file(file, today=today, options=options, dialect=dialect)
    except ValidationFailedError as refusal:
        return ParsedFile(), [_of_form(error) for error in refusal.errors]
    return reading, [*errors.first, *reading.failed]


def _of_form(error: FieldError) -> RowError:
    return RowError(row=1, field=error.field, code=FileCode.EMPTY, message=error.message)


def _preview(
    reading: ParsedFile,
    dialect: Dialect,
    table: "_Table",
    problems: Sequence[RowError],
    suggestions: Sequence[Suggestion] = (),
) -> Preview:
    entries, header = reading.entries, table.header
    rows = entries.slice(0, MAX_ROWS)
    return Preview(
        layout=reading.layout,
        dialect=dialect,
        header_row=None if header is None else header.number,
        columns=[
            Column(cell.strip(), table.samples(place))
            for place, cell in enumerate(header.cells if header else ())
            if cell.strip()
        ],
        suggestions=suggestions,
        rows=rows,
        total=len(entries),
        problems=problems,
        left_out=reading.left_out,
        accounts=[each for each in entries.accounts if each],
        currencies=entries.currencies,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """The row of headings, and the first rows of the file."""

    header: Row | None = None
    rows: Sequence[Row] = ()

    def samples(self, place: int) -> Sequence[str]:
        """Return the first different cells of a column."""
        cells = (
            row.cells[place].strip()
            for row in self.rows
            if self.header and row.number > self.header.number and place < len(row.cells)
        )
        return list(islice(dict.fromkeys(cell for cell in cells if cell), MAX_SAMPLES))
