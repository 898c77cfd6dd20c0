"""How a file writes its cells, numbers and dates."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final

from sigmasight.domain.portfolios.csv_import.csv_file import BadRow, CsvFile, Row, rows_of

SAMPLE: Final = 64 * 1024
DELIMITERS: Final = ",;\t|"
SEPARATOR_LINE: Final = re.compile(r"(?:\ufeff)?sep=([,;\t|])\r?\n")
QUOTED: Final = re.compile(r'"[^"]*"')
NUMBER: Final = re.compile(r"[^\d.,]*(\d[\d.,]*)[^\d.,]*", re.ASCII)
DATE: Final = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})|(\d{4})([./])(\d{1,2})\6(\d{1,2})", re.ASCII
)
ENOUGH: Final = 1_000
"""Numbers of one style after which no more are looked at."""
SAMPLE_ROWS: Final = 2_000
"""A plain file is not looked at any further."""


@dataclass(frozen=True, slots=True)
class Dialect:
    delimiter: str = ","
    decimal: str = "."
    month_first: Mapping[int, bool | None] = field(default_factory=dict)
    """By the place of a column with dates that are not ISO: None if both orders are possible."""


def find_dialect(
    file: CsvFile, *, decimal: str | None = None, month_first: bool | None = None
) -> Dialect:
    """Look through a file for what is not given; raise UnreadableError if it is none of text."""
    delimiter = find_delimiter(file)
    survey = _Survey()
    rows = rows_of(file, delimiter)
    survey.look_at(islice(rows, SAMPLE_ROWS))
    if delimiter != "," or survey.has_doubts:
        survey.look_at(rows)
    orders = survey.month_first
    if month_first is not None:
        orders = dict.fromkeys(orders, month_first)
    return Dialect(delimiter, decimal or survey.decimal, orders)


def find_delimiter(file: CsvFile) -> str:
    """Return the separator that the first line names, or the most frequent one."""
    file.content.seek(0)
    text = file.content.read(SAMPLE).decode("utf-8", "replace")
    file.content.seek(0)
    if named := SEPARATOR_LINE.match(text):
        return named[1]
    bare = QUOTED.sub("", text)
    return max(DELIMITERS, key=bare.count)


def parse_with_order(cell: str, *, month_first: bool) -> date | None:
    """Return a date with the year first or last; None if there is no such date."""
    match = DATE.fullmatch(cell)
    if match is None:
        return None
    if match[5]:
        year, month, day = int(match[5]), int(match[7]), int(match[8])
    else:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        month, day = (first, second) if month_first else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        return None


class _Survey:
    def __init__(self) -> None:
        self._points = self._commas = 0
        self._dates: defaultdict[int, set[str]] = defaultdict(set)

    @property
    def has_doubts(self) -> bool:
        """Whether there are decimal commas, or dates that are not ISO."""
        return bool(self._commas or self._dates)

    @property
    def decimal(self) -> str:
        return "," if self._commas > self._points else "."

    @property
    def month_first(self) -> Mapping[int, bool | None]:
        return {place: _order(cells) for place, cells in self._dates.items()}

    def look_at(self, rows: Iterable[Row | BadRow]) -> None:
        for row in rows:
            if isinstance(row, BadRow):
                continue
            for place, cell in enumerate(row.cells):
                if self._points + self._commas < ENOUGH and ("," in cell or "." in cell):
                    self._look_at_number(cell)
                is_short = 8 <= len(cell) <= 10  # noqa: PLR2004  1/2/2026
                if is_short and cell[4:5] != "-" and DATE.fullmatch(cell):
                    self._dates[place].add(cell)

    def _look_at_number(self, cell: str) -> None:
        match = NUMBER.fullmatch(cell.strip())
        if not match:
            return
        match _decimal_of(match[1]):
            case ".":
                self._points += 1
            case ",":
                self._commas += 1


def _decimal_of(number: str) -> str | None:
    """Return the decimal separator of a number, if it can only be one."""
    used = {each for each in number if each in ".,"}
    last = max(number.rfind("."), number.rfind(","))
    whole, rest = number[:last], number[last + 1 :]
    if len(used) == 2:  # noqa: PLR2004  1,234.50
        return number[last]
    if number.count(number[last]) > 1:
        groups = number.split(number[last])
        is_grouped = all(len(each) == 3 for each in groups[1:])  # noqa: PLR2004  1.234.567
        return {".": ",", ",": "."}[number[last]] if is_grouped else None
    if len(rest) == 3 and 0 < len(whole) <= 3 and not whole.startswith("0"):  # noqa: PLR2004  1.234
        return None
    return number[last]


def _order(cells: Iterable[str]) -> bool | None:
    """Return whether months are first; None if all dates are possible both ways, and differ."""
    american = [parse_with_order(cell, month_first=True) for cell in cells]
    european = [parse_with_order(cell, month_first=False) for cell in cells]
    if None not in american and (None in european or american == european):
        return True
    return False if None in american else None
