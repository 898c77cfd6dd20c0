"""A file, read: the entries it makes, or every fault it has."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, zip_longest
from typing import Final

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.brokers import layout_of
from sigmasight.domain.portfolios.csv_import.brokers.holdings import Export
from sigmasight.domain.portfolios.csv_import.entries import Entries, entry_of
from sigmasight.domain.portfolios.csv_import.faults import (
    SAME_TWICE,
    CsvFault,
    Faults,
    FileCode,
    LeftOut,
    UnreadableError,
    told,
)
from sigmasight.domain.portfolios.csv_import.figures import day
from sigmasight.domain.portfolios.csv_import.lines import BadRow, CsvFile, Row, rows_of
from sigmasight.domain.portfolios.csv_import.template import (
    COLUMNS,
    header_faults,
    is_header,
    places,
)

FARTHEST_HEADER: Final = 10_000
"""Among how many rows a broker's header is looked for: a statement first sums up every symbol."""


@dataclass(slots=True)
class Reading:
    """What is to be imported of a file, and what is not."""

    entries: Entries = field(default_factory=Entries)
    left_out: Sequence[LeftOut] = ()


def read(file: CsvFile, *, today: date, as_of: date | None) -> Reading:
    """Read a file of our template or of a broker; the latter's positions were entered `as_of`.

    Raise CsvInvalidError, or ValidationFailedError where that day is needed and not known.
    """
    faults = Faults()
    reading = Reading()
    try:
        reading = _read(rows_of(file), faults, today, as_of)
    except UnreadableError as refusal:
        faults.add(refusal.fault)
    if not (reading.entries or faults.total):
        nothing = "There is no row in the file of which a position can be made."
        faults.add(CsvFault(row=1, code=FileCode.EMPTY, message=nothing))
    faults.refuse_any()
    return reading


def _read(rows: Iterator[Row | BadRow], faults: Faults, today: date, as_of: date | None) -> Reading:
    before: list[Row] = []
    for row in islice(rows, FARTHEST_HEADER):
        if isinstance(row, BadRow):
            faults.add(_bad(row))
            continue
        if layout := layout_of(row):
            export = Export(layout, row, before, rows)
            return Reading(*export.entries(today=today, as_of=as_of))
        before.append(row)
        if len(before) == 1 and is_header(row):
            break
    for header in before[:1]:
        for fault in header_faults(header):
            faults.add(fault)
        if not faults.total:
            return Reading(_entries(places(header), rows, faults, today))
    return Reading()


def _entries(
    fields: Sequence[str | None], rows: Iterable[Row | BadRow], faults: Faults, today: date
) -> Entries:
    """Return what the rows of our template say, as long as none has a fault."""
    entries = Entries()
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
            faults.add(CsvFault(row=row.number, code=FileCode.MALFORMED, message=what))
            continue
        try:
            entry = entry_of(said, today=today)
        except ValidationFailedError as refusal:
            symbol = said.get("symbol", "")
            for fault in told(refusal.errors, row=row.number, symbol=symbol, columns=COLUMNS):
                faults.add(fault)
        else:
            if not faults.total:
                entries.append(entry)
        if twice := _same(said, row.number, seen):
            faults.add(twice)
    return entries


def _same(
    said: Mapping[str, str], number: int, seen: defaultdict[date, dict[str, int]]
) -> CsvFault | None:
    """Return a fault if a row before had the same symbol and entry date."""
    if "symbol" not in said or "entry_date" not in said:
        return None
    symbol, entered = said["symbol"].upper(), day("entry_date", said["entry_date"])
    if not isinstance(entered, date):
        return None
    first = seen[entered].setdefault(symbol, number)
    if first == number:
        return None
    message = f"Symbol: Row {first} has the same symbol and entry date."
    return CsvFault(
        row=number, symbol=symbol[:100], field="Symbol", code=SAME_TWICE, message=message
    )


def _bad(row: BadRow) -> CsvFault:
    return CsvFault(row=row.number, code=FileCode.MALFORMED, message=row.message)
