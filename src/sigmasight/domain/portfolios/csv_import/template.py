"""The template: its columns, its header, and the file to fill in."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sigmasight.domain.portfolios.csv_import.csv_file import Row, normal
from sigmasight.domain.portfolios.csv_import.errors import FileCode, RowError

COLUMNS: Final[Mapping[str, str]] = {
    "symbol": "Symbol",
    "quantity": "Quantity",
    "avg_cost": "Entry Price Per Share",
    "entry_date": "Entry Date",
    "investment_class": "Investment Class",
    "investment_subtype": "Investment Subtype",
    "underlying_symbol": "Underlying Symbol",
    "strike_price": "Strike Price",
    "expiration_date": "Expiration Date",
    "option_type": "Option Type",
    "exit_date": "Exit Date",
    "exit_price": "Exit Price Per Share",
}
"""The field of a draft that a column fills."""
FIELDS: Final[Mapping[str, str]] = {normal(column): field for field, column in COLUMNS.items()}
REQUIRED: Final = tuple(COLUMNS.values())[:4]

TEMPLATE: Final = f"""\
{",".join(COLUMNS.values())}
# Lines that begin with # are left out. Write your positions below, one a line.
# Symbol; Quantity; Entry Price Per Share and Entry Date are required. A negative quantity is short.
# Days are YYYY-MM-DD. Numbers are plain: 1234.56 with at most 6 decimals.
# Investment Class is PUBLIC; OPTIONS or PRIVATE. Of an option also the four columns after it count.
# What is closed has an Exit Date and an Exit Price Per Share. Examples:
# AAPL,100,158.00,2024-01-15,PUBLIC,STOCK,,,,,,
# SHOP,-25,62.50,2024-02-10,PUBLIC,STOCK,,,,,,
# SPY261218C00450000,10,7.25,2024-01-10,OPTIONS,CALL,SPY,450.00,2026-12-18,CALL,,
# HARBOR_FUND,1,250000.00,2023-06-01,PRIVATE,PRIVATE_EQUITY,,,,,,
# MSFT,40,310.10,2023-03-01,PUBLIC,STOCK,,,,,2024-03-01,405.25
"""


def is_header(row: Row) -> bool:
    """Return whether a row names a column of the template."""
    return any(normal(cell) in FIELDS for cell in row.cells)


def is_whole_header(row: Row) -> bool:
    """Return whether a row names all columns that the template requires."""
    names = {normal(cell) for cell in row.cells}
    return all(normal(column) in names for column in REQUIRED)


def header_errors(row: Row) -> Iterator[RowError]:
    """Yield the errors of the template's header; columns may be in any order."""
    names = [name for cell in row.cells if (name := cell.strip())]
    if not is_header(row):
        yield _fault(
            row,
            FileCode.HEADER_UNUSABLE,
            "The header is missing: no column of the template was found.",
        )
        return
    missing = [column for column in REQUIRED if normal(column) not in map(normal, names)]
    for column in missing:
        yield _fault(row, FileCode.COLUMN_MISSING, f"The column “{column}” is missing.", column)
    if missing:
        return
    times = Counter(map(normal, names))
    for name in dict.fromkeys(names):
        if normal(name) not in FIELDS:
            what = f"There is no column “{name[:50]}” in the template."
            yield _fault(row, FileCode.HEADER_UNUSABLE, what, name[:50])
        elif times[normal(name)] > 1:
            what = f"The column “{name}” appears more than once."
            yield _fault(row, FileCode.HEADER_UNUSABLE, what, name)


def column_indexes(header: Row) -> Sequence[str | None]:
    """Return the field each column holds."""
    return [FIELDS.get(normal(cell)) for cell in header.cells]


def _fault(row: Row, code: FileCode, message: str, field: str | None = None) -> RowError:
    return RowError(row=row.number, field=field, code=code, message=message)
