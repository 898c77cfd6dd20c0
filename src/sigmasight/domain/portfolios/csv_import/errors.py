"""Errors of a file and its rows, with their codes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final

from sigmasight.domain.kernel import FieldError, InvalidError, count_noun

MAX_REPORTED_ERRORS: Final = 1_000
"""How many errors are listed; all of them are counted."""
MAX_REPORTED_SYMBOL: Final = 100
"""How many characters of a symbol are quoted."""


class FileCode(StrEnum):
    TOO_LARGE = "ERR_CSV_001"
    NOT_CSV = "ERR_CSV_002"
    EMPTY = "ERR_CSV_003"
    COLUMN_MISSING = "ERR_CSV_004"
    HEADER_UNUSABLE = "ERR_CSV_005"
    MALFORMED = "ERR_CSV_006"


ROW_CODES: Final[Mapping[tuple[str, str], str]] = {
    ("symbol", "required"): "ERR_POS_001",
    ("symbol", "too_long"): "ERR_POS_002",
    ("symbol", "invalid_characters"): "ERR_POS_003",
    ("symbol", "invalid"): "ERR_POS_003",
    ("quantity", "required"): "ERR_POS_004",
    ("quantity", "invalid"): "ERR_POS_005",
    ("quantity", "out_of_range"): "ERR_POS_005",
    ("quantity", "zero"): "ERR_POS_006",
    ("quantity", "too_precise"): "ERR_POS_007",
    ("avg_cost", "required"): "ERR_POS_008",
    ("avg_cost", "invalid"): "ERR_POS_009",
    ("avg_cost", "too_large"): "ERR_POS_009",
    ("avg_cost", "out_of_range"): "ERR_POS_010",
    ("avg_cost", "too_precise"): "ERR_POS_011",
    ("entry_date", "required"): "ERR_POS_012",
    ("entry_date", "invalid"): "ERR_POS_013",
    ("entry_date", "ambiguous"): "ERR_POS_013",
    ("exit_date", "invalid"): "ERR_POS_013",
    ("exit_date", "ambiguous"): "ERR_POS_013",
    ("entry_date", "in_the_future"): "ERR_POS_014",
    ("exit_date", "in_the_future"): "ERR_POS_014",
    ("entry_date", "too_long_ago"): "ERR_POS_015",
    ("investment_class", "invalid"): "ERR_POS_016",
    ("investment_subtype", "does_not_fit"): "ERR_POS_017",
    ("exit_date", "before_entry_date"): "ERR_POS_018",
}
"""The code of an error, by its field and kind."""
FIELD_CODES: Final[Mapping[str, str]] = {
    "underlying_symbol": "ERR_POS_019",
    "strike_price": "ERR_POS_020",
    "expiration_date": "ERR_POS_021",
    "option_type": "ERR_POS_022",
    "exit_price": "ERR_POS_024",
}
"""The code of a field with a single kind of error."""
DUPLICATE_POSITION: Final = "ERR_POS_023"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """An error of a row; `row` is the number of its first line in an editor."""

    row: int
    symbol: str | None = None
    field: str | None = None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row of a broker's file that is no holding, and why."""

    row: int
    symbol: str | None
    reason: str


class UnreadableError(Exception):
    """Raised within the import if the rest of a file cannot be read."""

    def __init__(self, row: int, code: FileCode, message: str) -> None:
        super().__init__(message)
        self.error = RowError(row=row, code=code, message=message)


class CsvInvalidError(InvalidError):
    """Raised with the first errors of a file, and their number."""

    code = "csv_invalid"

    def __init__(self, errors: "RowErrors") -> None:
        what = f"The file has {count_noun(errors.total, 'error')}, and nothing was imported."
        whole = errors.first[0] if errors.total == 1 and errors.first else None
        is_of_file = whole is not None and whole.code.startswith("ERR_CSV")
        super().__init__(f"{what} {whole.message}" if whole and is_of_file else what)
        self.errors = errors

    @classmethod
    def of(cls, *errors: RowError) -> "CsvInvalidError":
        return cls(RowErrors(len(errors), list(errors[:MAX_REPORTED_ERRORS])))

    @property
    def details(self) -> Mapping[str, Any]:
        errors = [asdict(each) for each in self.errors.first]
        return {"errors": errors, "total_errors": self.errors.total}


@dataclass(slots=True)
class RowErrors:
    """The errors found so far."""

    total: int = 0
    first: list[RowError] = field(default_factory=list)

    def add(self, error: RowError) -> None:
        self.total += 1
        if self.total <= MAX_REPORTED_ERRORS:
            self.first.append(error)

    def refuse_any(self) -> None:
        """Raise CsvInvalidError if there are any."""
        if self.total:
            raise CsvInvalidError(self)


def row_errors(
    errors: tuple[FieldError, ...], *, row: int, symbol: str, columns: Mapping[str, str]
) -> Iterator[RowError]:
    """Return a draft's errors as errors of a row; columns are named by the draft's fields."""
    for code, error in sorted(((code_of(error), error) for error in errors), key=itemgetter(0)):
        column = columns[error.field]
        yield RowError(
            row=row,
            symbol=symbol[:MAX_REPORTED_SYMBOL] or None,
            field=column,
            code=code,
            message=f"{column}: {error.message}",
        )


def code_of(error: FieldError) -> str:
    return ROW_CODES.get((error.field, error.code)) or FIELD_CODES.get(
        error.field, FileCode.MALFORMED
    )
