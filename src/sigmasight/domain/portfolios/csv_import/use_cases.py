"""Importing a portfolio from a file: all of it, or nothing."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Final, Protocol, TypeVar

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
from sigmasight.domain.portfolios.csv_import.parsed_rows import ParsedRows
from sigmasight.domain.portfolios.csv_import.parser import ImportOptions, ParsedFile, parse_file
from sigmasight.domain.portfolios.csv_import.preview import Preview, preview_file
from sigmasight.domain.portfolios.portfolio import (
    Portfolio,
    Portfolios,
    PortfolioTerms,
    create_within_limit,
)
from sigmasight.domain.portfolios.positions.model import Positions

MAX_ACCOUNT_NAME: Final = 100
DEFAULTS: Final = ImportOptions()

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
        by: UserId,
        options: ImportOptions = DEFAULTS,
        merge_accounts: bool = True,
    ) -> Sequence[ImportedPortfolio]:
        """Return the portfolio, or one for each account of the file unless they are merged.

        Raise CsvInvalidError with the file's errors, or as creating a portfolio does. A broker's
        file may need `as_of`: without it, or with a future one, raise ValidationFailedError.
        """
        now = self.clock.now()
        require_past(options.as_of, now.date())
        prepared = await self.background.run(
            partial(_prepare, file, now.date(), options, merge_accounts=merge_accounts)
        )
        return await self._store(terms, prepared, by, now)

    @atomic
    async def _store(
        self, terms: PortfolioTerms, prepared: "_Prepared", by: UserId, now: datetime
    ) -> Sequence[ImportedPortfolio]:
        made: list[ImportedPortfolio] = []
        for part in prepared.parts:
            own = terms if len(prepared.parts) == 1 else _terms_of_account(terms, part.account)
            portfolio = await create_within_limit(self.portfolios, self.limits, own, by=by, at=now)
            await self.positions.add(part.entries.positions(part.ids, into=portfolio, at=now))
            made.append(ImportedPortfolio(portfolio, len(part.ids), prepared.reading))
        return made


@dataclass(frozen=True, slots=True)
class PreviewImport:
    """Read a file as an import would, and store nothing."""

    background: BackgroundThread
    clock: Clock

    async def __call__(self, file: CsvFile, options: ImportOptions) -> Preview:
        today = self.clock.now().date()
        return await self.background.run(partial(preview_file, file, today=today, options=options))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A parsed file, and what becomes a portfolio each."""

    reading: ParsedFile
    parts: Sequence["_Part"]


@dataclass(frozen=True, slots=True)
class _Part:
    """Entries, with ids in the order in which their positions are listed."""

    account: str | None
    entries: ParsedRows
    ids: Sequence[int]

    @classmethod
    def of(cls, account: str | None, entries: ParsedRows) -> "_Part":
        return cls(account, entries, _ascending_ids(len(entries)))


def require_past(as_of: date | None, today: date) -> None:
    """Raise ValidationFailedError if the day is in the future."""
    if as_of is not None and as_of > today:
        raise ValidationFailedError(
            FieldError("as_of", "Must not be in the future.", "in_the_future")
        )


def _prepare(
    file: CsvFile, today: date, options: ImportOptions, *, merge_accounts: bool
) -> _Prepared:
    reading = parse_file(file, today=today, options=options)
    accounts, entries = reading.entries.accounts, reading.entries
    if merge_accounts or len(accounts) == 1:
        return _Prepared(reading, [_Part.of(None, entries)])
    return _Prepared(reading, [_Part.of(each, entries.of_account(each)) for each in accounts])


def _terms_of_account(terms: PortfolioTerms, account: str | None) -> PortfolioTerms:
    """Return the terms of one of several portfolios; the stated equity is of none alone."""
    name = f"{terms.account_name} {account or 'rest'}"[:MAX_ACCOUNT_NAME]
    return replace(terms, account_name=name, equity_balance=None)


def _ascending_ids(count: int) -> Sequence[int]:
    """Generate ids, sorted in chunks: no other task runs while Python sorts a list."""
    drawn: list[list[int]] = [[] for _ in range(256)]
    for _ in range(count):
        each = new_id().int
        drawn[each >> 120].append(each)
    return [each for some in drawn for each in sorted(some)]
