"""What a row takes from the rest of its file, and why a row may yield no position."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigmasight.domain.kernel import FieldError
from sigmasight.domain.portfolios.csv_import.brokers.layout import Layout


class LeftOutError(Exception):
    """Raised for a row that is no holding, with the reason."""


class UnusableError(Exception):
    """Raised for a holding that cannot be imported, with the error."""

    def __init__(self, field: str, message: str, code: str) -> None:
        super().__init__(message)
        self.error = FieldError(field, message, code)


@dataclass(slots=True)
class Context:
    """What rows take from the rest of the file."""

    layout: Layout
    decimal: str = "."
    month_first: bool | None = None
    """The order of dates that begin with neither a year nor a name; None if it is unknown."""
    identifiers: dict[str, str] = field(default_factory=dict)

    @property
    def orders(self) -> Mapping[str, bool | None]:
        return {"entry_date": self.month_first}
