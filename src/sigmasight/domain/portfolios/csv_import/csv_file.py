"""The rows of a CSV file, each with the number of its first line as an editor shows it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from sigmasight.domain.portfolios.csv_import.errors import FileCode, UnreadableError

LARGEST: Final = 10 * 1024 * 1024
COMMENT: Final = "#"
NOT_TEXT: Final = re.compile("[\x00\udc80-\udcff]")
"""NUL, and the replacements of bytes that are not UTF-8."""
FOREIGN_STARTS: Final[Sequence[tuple[bytes, FileCode, str]]] = (
    (b"PK\x03\x04", FileCode.NOT_CSV, "This is an Excel workbook: save it as “CSV UTF-8”."),
    (b"\xd0\xcf\x11\xe0", FileCode.NOT_CSV, "This is an Excel workbook: save it as “CSV UTF-8”."),
    (b"%PDF", FileCode.NOT_CSV, "This is a PDF, not a .csv file."),
    (b"\xff\xfe", FileCode.MALFORMED, "The file is UTF-16: save it as “CSV UTF-8”."),
    (b"\xfe\xff", FileCode.MALFORMED, "The file is UTF-16: save it as “CSV UTF-8”."),
)

SEPARATOR: Final = re.compile(r"(\ufeff)?sep=.\r?$", re.IGNORECASE)
"""A first line by which spreadsheets name the separator."""
SPACED_QUOTE: Final = re.compile(r'" +(?=[,;\t|\r\n]|$)')


def _closed(match: re.Match[str]) -> str:
    """Drop the spaces behind a closing quote: it is one if the quotes up to it are even."""
    is_closing = match.string.count('"', 0, match.start() + 1) % 2 == 0
    return '"' if is_closing else match[0]


# The limit is per process; no cell is larger than the file, whose size is bounded.
csv.field_size_limit(LARGEST)


def normal(cell: str) -> str:
    """Return a heading in lower case, with single spaces."""
    return " ".join(cell.replace("\ufeff", "").casefold().split())


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: Sequence[str]

    @property
    def is_blank(self) -> bool:
        return not any(cell and not cell.isspace() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class BadRow:
    """Raised for a row that is not CSV."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class CsvFile:
    """An uploaded file: its name, and its bytes, read from the start."""

    name: str
    content: IO[bytes]


def rows_of(file: CsvFile, delimiter: str = ",") -> Iterator[Row | BadRow]:
    """Yield the rows that are neither blank nor comments; raise UnreadableError.

    The file is read in pieces, as rows are consumed.
    """
    _require_csv(file)
    text = io.TextIOWrapper(
        file.content, encoding="utf-8-sig", errors="surrogateescape", newline=""
    )
    try:
        yield from _rows(_Lines(text), delimiter)
    finally:
        text.detach()


def _rows(lines: "_Lines", delimiter: str) -> Iterator[Row | BadRow]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.between_rows = True
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(lines.began, f"The file is not CSV from this line on: {error}.")
            continue
        row = Row(lines.began, cells)
        if not (row.is_blank or cells[0].lstrip().startswith(COMMENT)):
            yield row


class _Lines(Iterator[str]):
    """Counts lines of text, and leaves out comments between rows."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._number = 0
        self.between_rows = True
        self.began = 1

    def __next__(self) -> str:
        for line in self._text:
            self._number += 1
            if not line.isascii() or "\x00" in line:
                self._require_text(line)
            if self.between_rows:
                if line.startswith(COMMENT) or (self._number == 1 and SEPARATOR.match(line)):
                    continue
                self.began = self._number
                self.between_rows = False
                if '" ' in line:
                    line = SPACED_QUOTE.sub(_closed, line)  # noqa: PLW2901
            return line
        raise StopIteration

    def _require_text(self, line: str) -> None:
        if odd := NOT_TEXT.search(line):
            what = f"This line has the byte 0x{ord(odd[0]) & 0xFF:02X}, which is not text in UTF-8"
            save = "save the file as “CSV UTF-8”"
            raise UnreadableError(self._number, FileCode.MALFORMED, f"{what}: {save}.")


def _require_csv(file: CsvFile) -> None:
    if not file.name.lower().endswith(".csv"):
        raise UnreadableError(1, FileCode.NOT_CSV, "The file's name does not end with .csv.")
    size = file.content.seek(0, io.SEEK_END)
    if size > LARGEST:
        raise UnreadableError(1, FileCode.TOO_LARGE, "The file is larger than 10 MB.")
    file.content.seek(0)
    start = file.content.read(4)
    for foreign, code, message in FOREIGN_STARTS:
        if start.startswith(foreign):
            raise UnreadableError(1, code, message)
    file.content.seek(0)
