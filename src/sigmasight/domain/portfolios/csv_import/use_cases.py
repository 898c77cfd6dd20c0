"""Importing a portfolio from a file: all of it, or nothing."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final, Protocol, TypeVar
from uuid import UUID

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.kernel import (
    Clock,
    FieldError,
    Transaction,
    UserId,
    ValidationFailedError,
    atomic,
    new_id,
)
from sigmasight.domain.portfolios.csv_import.csv_file import CsvFile
from sigmasight.domain.portfolios.csv_import.parser import ParsedFile, parse_file
from sigmasight.domain.portfolios.csv_import.rows import ParsedRow
from sigmasight.domain.portfolios.portfolio import (
    Portfolio,
    Portfolios,
    PortfolioTerms,
    create_within_limit,
)
from sigmasight.domain.portfolios.positions.closing import close_position
from sigmasight.domain.portfolios.positions.model import Position, Positions
from sigmasight.domain.portfolios.positions.use_cases import create_positions

SLICE: Final = 250
"""Positions created and stored at a time, so that other tasks get their turns."""

T = TypeVar("T")


class BackgroundThread(Protocol):
    """Runs CPU-bound work without blocking the event loop."""

    @abstractmethod
    async def run(self, work: Callable[[], T]) -> T:
        """Return the work's result, or raise its error."""


@dataclass(frozen=True, slots=True)
class ImportedPortfolio:
    """The imported portfolio, its number of positions, and what else the file had."""

    portfolio: Portfolio
    positions: int
    file: ParsedFile


@dataclass(frozen=True, slots=True)
class ImportPortfolio:
    """Import a portfolio from a file, within the tier's limit."""

    portfolios: Portfolios
    positions: Positions
    limits: TierLimits
    background: BackgroundThread
    clock: Clock
    transaction: Transaction

    async def __call__(
        self,
        terms: PortfolioTerms,
        file: CsvFile,
        *,
        as_of: date | None,
        by: UserId,
        strict: bool = False,
    ) -> ImportedPortfolio:
        """Raise CsvInvalidError with the file's errors, or as creating a portfolio does.

        With `strict`, a holding that cannot be imported is an error, too.

        A broker's file may need `as_of`, the entry date of its positions: without
        it, or with a future one, raise ValidationFailedError.
        """
        now = self.clock.now()
        if as_of is not None and as_of > now.date():
            raise ValidationFailedError(
                FieldError("as_of", "Must not be in the future.", "in_the_future")
            )
        prepared = await self.background.run(partial(_prepare, file, now.date(), as_of, strict))
        portfolio = await self._store(terms, prepared, by, now)
        return ImportedPortfolio(portfolio, len(prepared.ids), prepared.reading)

    @atomic
    async def _store(
        self, terms: PortfolioTerms, prepared: "_Prepared", by: UserId, now: datetime
    ) -> Portfolio:
        portfolio = await create_within_limit(self.portfolios, self.limits, terms, by=by, at=now)
        for start in range(0, len(prepared.ids), SLICE):
            entries = prepared.reading.entries.slice(start, start + SLICE)
            ids = [UUID(int=each) for each in prepared.ids[start : start + SLICE]]
            await self.positions.add(list(_positions(entries, ids, portfolio, now)))
        return portfolio


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A parsed file, and ids in the order in which its positions are listed."""

    reading: ParsedFile
    ids: Sequence[int]


def _prepare(file: CsvFile, today: date, as_of: date | None, strict: bool) -> _Prepared:  # noqa: FBT001
    reading = parse_file(file, today=today, as_of=as_of, strict=strict)
    return _Prepared(reading, _ascending_ids(len(reading.entries)))


def _ascending_ids(count: int) -> Sequence[int]:
    """Generate ids, sorted in chunks: no other task runs while Python sorts a list."""
    drawn: list[list[int]] = [[] for _ in range(256)]
    for _ in range(count):
        each = new_id().int
        drawn[each >> 120].append(each)
    return [each for some in drawn for each in sorted(some)]


def _positions(
    entries: Sequence[ParsedRow], ids: Sequence[UUID], into: Portfolio, at: datetime
) -> Iterator[Position]:
    positions = create_positions([entry.terms for entry in entries], ids=ids, into=into, at=at)
    for position, entry in zip(positions, entries, strict=True):
        closing = entry.closing
        yield close_position(position, closing, today=at.date()) if closing else position
