"""Target prices as CSV: written with escaped formulas, and read back."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any, Final

from sigmasight.domain.kernel import FieldError
from sigmasight.domain.portfolios.csv_escaping import unescape, write_rows
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError, RowError
from sigmasight.domain.portfolios.money import written
from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.target_prices.analytics import TargetAnalytics
from sigmasight.domain.portfolios.target_prices.model import MAX_TARGETS
from sigmasight.domain.portfolios.target_prices.validation import TargetDraft

COLUMNS: Final = (
    "symbol",
    "position_type",
    "target_price_eoy",
    "target_price_next_year",
    "downside_target_price",
    "current_price",
)
ALIASES: Final[Mapping[str, str]] = {
    "target_eoy": "target_price_eoy",
    "target_next_year": "target_price_next_year",
    "downside": "downside_target_price",
}
PRICES: Final = COLUMNS[2:]
NUMBER: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
LONGEST_TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A row's draft, and the number of its line."""

    number: int
    draft: TargetDraft

    def error(self, error: FieldError) -> RowError:
        symbol = (self.draft.symbol or "")[:LONGEST_TOLD] or None
        return RowError(
            row=self.number,
            symbol=symbol,
            field=error.field or None,
            code=error.code,
            message=error.message,
        )


def write_csv(outlooks: Iterable[TargetAnalytics]) -> str:
    """Write target prices in the format that `rows` reads."""
    return write_rows(COLUMNS, map(_cells, outlooks))


def _cells(outlook: TargetAnalytics) -> Sequence[str]:
    target = outlook.target
    prices = (
        target.target_price_eoy,
        target.target_price_next_year,
        target.downside_target_price,
        outlook.current_price,
    )
    return (target.symbol, target.position_type or "", *map(_written, prices))


def read_rows(text: str) -> Sequence[TargetRow]:
    """Read a CSV; raise CsvInvalidError if it is unreadable as a whole."""
    found: list[TargetRow] = []
    lines = _lines(text.removeprefix("\ufeff"))
    number, header = next(lines, (1, []))
    names = [_name(cell) for cell in _trimmed(header)]
    if "symbol" not in names or len(set(names)) < len(names):
        sentence = f"The first line must name the columns, such as {', '.join(COLUMNS)}."
        raise CsvInvalidError.of(RowError(row=number, code="header_unusable", message=sentence))
    for number, cells in lines:
        if len(_trimmed(cells)) > len(names):
            sentence = f"{len(cells)} cells, where the first line names {len(names)} columns."
            raise CsvInvalidError.of(RowError(row=number, code="malformed", message=sentence))
        if len(found) >= MAX_TARGETS:
            sentence = f"At most {MAX_TARGETS} rows at once."
            raise CsvInvalidError.of(RowError(row=number, code="too_many", message=sentence))
        values = {name: unescape(cell).strip() for name, cell in zip(names, cells, strict=False)}
        found.append(TargetRow(number, _draft(values)))
    if not found:
        raise CsvInvalidError.of(
            RowError(row=number, code="empty", message="There is no row of data.")
        )
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that are not blank, with their numbers."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise CsvInvalidError.of(
            RowError(row=number, code="malformed", message=f"The file is not CSV: {error}.")
        ) from error


def _trimmed(cells: list[str]) -> list[str]:
    """Return a line without its trailing blank cells, which spreadsheets add."""
    last = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
    return cells[:last]


def _name(cell: str) -> str:
    name = unescape(cell).strip().lower().replace(" ", "_")
    return ALIASES.get(name, name)


def _draft(values: Mapping[str, str]) -> TargetDraft:
    unread: list[FieldError] = []
    prices: dict[str, Any] = {}
    for name in PRICES:
        cell = values.get(name, "")
        readable = not cell or bool(NUMBER.fullmatch(cell))
        prices[name] = Decimal(cell) if cell and readable else None
        if not readable:
            unread.append(FieldError(name, "Must be a plain number.", "invalid"))
    kind = values.get("position_type", "").upper()
    if kind and kind not in set(PositionType):
        one_of = ", ".join(PositionType)
        unread.append(FieldError("position_type", f"Must be one of {one_of}.", "invalid"))
        kind = ""
    return TargetDraft(
        symbol=values.get("symbol"),
        position_type=PositionType(kind) if kind else None,
        **prices,
        unread=tuple(unread),
    )


def _written(price: Decimal | None) -> str:
    return "" if price is None else f"{written(price):f}"
