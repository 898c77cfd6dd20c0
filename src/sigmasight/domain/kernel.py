"""What every feature shares: identifiers, time, transactions and the error families."""

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial, wraps
from typing import Any, ClassVar, Concatenate, Final, Generic, NewType, ParamSpec, Protocol, TypeVar
from uuid import UUID, uuid4

UserId = NewType("UserId", UUID)
ClerkUserId = NewType("ClerkUserId", str)

INVISIBLE: Final = "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
"""Zero-width characters and marks of writing direction, as part of a class of characters."""
CONTROL: Final = "\x00-\x1f\x7f-\x9f"
"""The control characters C0 and C1, in the same way."""
ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

P = ParamSpec("P")
T = TypeVar("T")


class DomainError(Exception):
    """An error that the caller can act on; anything else is a bug.

    Features subclass one of the families below, never this class, so that every
    entrypoint can translate a handful of families instead of a list of errors.
    """

    code: ClassVar[str]

    @property
    def details(self) -> Mapping[str, Any]:
        """Values for programs besides the code and the message: limits, counts, instants."""
        return {}


class NotFoundError(DomainError):
    """The requested thing does not exist, or not for this caller."""


class ConflictError(DomainError):
    """The request conflicts with the current state."""


class InvalidError(DomainError):
    """The values are invalid, whatever the state."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    message: str
    code: str

    def within(self, parent: str) -> "FieldError":
        """Return the error as one of a part of the request: `positions[3].symbol`."""
        return replace(self, field=f"{parent}.{self.field}" if self.field else parent)


class ValidationFailedError(InvalidError):
    """Raised with every error found, not only the first."""

    code = "validation_failed"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(" ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors

    @property
    def details(self) -> Mapping[str, Any]:
        return {"errors": [asdict(error) for error in self.errors]}


class UnauthenticatedError(DomainError):
    """The caller is not authenticated."""


class DeniedError(DomainError):
    """The caller is known, and lacks the permission."""


class QuotaError(DomainError):
    """The caller has reached a limit for now."""

    retry_after: float
    """Seconds until a retry makes sense."""


class UnavailableError(DomainError):
    """A dependency does not answer; a later retry may succeed."""

    retry_after: float = 5.0
    """Seconds until a retry makes sense."""


class DatabaseUnavailableError(UnavailableError):
    code = "database_unavailable"

    def __init__(
        self, message: str = "The database cannot answer now. Try again in a few seconds."
    ) -> None:
        super().__init__(message)


class DatabaseReadOnlyError(DatabaseUnavailableError):
    def __init__(self) -> None:
        super().__init__("The database only reads now: it is a standby, or set so by an operator.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, and the number of items in all."""

    items: Sequence[T]
    total: int


class Clock(Protocol):
    """The only source of the current time."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the current instant, always aware and in UTC."""


class Transaction(Protocol):
    """Commits everything that a use case wrote, or nothing."""

    @abstractmethod
    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work and commit it, or roll it back when it raises.

        Work that loses a race the database itself has to settle (a deadlock, a
        serialization failure, two inserts of one unique value) is rolled back and
        run again, a bounded number of times; so it must only write to the database.
        """


class Transactional(Protocol):
    """A use case that owns a transaction."""

    @property
    def transaction(self) -> Transaction: ...


C = TypeVar("C", bound=Transactional)


def atomic(
    work: Callable[Concatenate[C, P], Awaitable[T]],
) -> Callable[Concatenate[C, P], Awaitable[T]]:
    """Run a method of a use case inside its `transaction`."""

    @wraps(work)
    async def in_transaction(self: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.transaction.run(partial(work, self, *args, **kwargs))

    return in_transaction


def new_id() -> UUID:
    """Return a random id; every stored id comes from here."""
    return uuid4()


def iso_date(text: str) -> date | None:
    """Return the date that a text in the form YYYY-MM-DD names; None for anything else."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def count_noun(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 price`, `2,000 prices`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
