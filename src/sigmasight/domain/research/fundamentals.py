"""Fundamentals: companies' statements by period, and analysts' estimates."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Final, Protocol

from sigmasight.domain.kernel import InvalidError, NotFoundError, Transaction, atomic
from sigmasight.domain.portfolios.positions.validation import MAX_SYMBOL_LENGTH, SYMBOL

BATCH: Final = 1000
NO_PERIOD: Final = date.min
"""The period of records without one, such as estimates."""

Figures = Mapping[str, object]
"""Figures by name; numbers are strings, exactly as in the source."""


class Statement(StrEnum):
    INCOME = "income-statement"
    BALANCE = "balance-sheet"
    CASH_FLOW = "cash-flow"
    ESTIMATES = "analyst-estimates"


class Frequency(StrEnum):
    QUARTERLY = "q"
    ANNUAL = "a"


class FundamentalsNotFoundError(NotFoundError):
    code = "fundamentals_not_found"

    def __init__(self, symbol: str) -> None:
        super().__init__(f"There are no such fundamentals of {symbol}.")


class UnreadableFundamentalsError(InvalidError):
    """Raised with the place in the file, such as `[3].periods[0].figures`."""

    code = "fundamentals_invalid"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of one statement of a symbol in one period."""

    symbol: str
    statement: Statement
    frequency: Frequency
    period_date: date
    currency: str
    fiscal_year: int | None = None
    fiscal_quarter: int | None = None
    figures: Figures


class Fundamentals(Protocol):
    """The companies' reports; they have no owner."""

    @abstractmethod
    async def put(self, reports: Sequence[Report]) -> None:
        """Store reports; the last one of a symbol, statement, frequency and period remains."""

    @abstractmethod
    async def knows(self, symbol: str) -> bool:
        """Return whether there is any report of a symbol."""

    @abstractmethod
    async def latest(
        self, symbol: str, statement: Statement, frequency: Frequency, limit: int
    ) -> Sequence[Report]:
        """Return up to `limit` reports, latest period first."""


@dataclass(frozen=True, slots=True)
class ImportFundamentals:
    """Import a file's reports: all or none."""

    fundamentals: Fundamentals
    transaction: Transaction

    @atomic
    async def __call__(
        self, reports: Callable[[], Iterable[Report]], *, on_progress: Callable[[int], None]
    ) -> int:
        """Report the number imported so far, and return the total.

        `reports` yields them from the first on whenever it is called. Raise what it raises.
        """
        count, rest = 0, iter(reports())
        while batch := list(islice(rest, BATCH)):
            # One statement may not change a row twice: the last report of a batch remains.
            last = {_key(each): each for each in batch}
            await self.fundamentals.put([last[key] for key in sorted(last)])
            count += len(batch)
            on_progress(count)
        return count


@dataclass(frozen=True, slots=True)
class ReadFundamentals:
    """Read a company's reports."""

    fundamentals: Fundamentals
    transaction: Transaction

    @atomic
    async def statements(
        self, symbol: str, statement: Statement, frequency: Frequency, *, periods: int
    ) -> Sequence[Report]:
        """Return the latest periods first; raise FundamentalsNotFoundError for unknown symbols."""
        return await self._latest(symbol, statement, frequency, periods)

    @atomic
    async def estimates(self, symbol: str) -> Report | None:
        """Return what analysts expect, if known; raise FundamentalsNotFoundError as above."""
        found = await self._latest(symbol, Statement.ESTIMATES, Frequency.ANNUAL, 1)
        return found[0] if found else None

    async def _latest(
        self, symbol: str, statement: Statement, frequency: Frequency, limit: int
    ) -> Sequence[Report]:
        symbol = symbol.strip().upper()
        if len(symbol) > MAX_SYMBOL_LENGTH or not SYMBOL.fullmatch(symbol):
            raise FundamentalsNotFoundError(symbol[:MAX_SYMBOL_LENGTH])
        found = await self.fundamentals.latest(symbol, statement, frequency, limit)
        if not found and not await self.fundamentals.knows(symbol):
            raise FundamentalsNotFoundError(symbol)
        return found


def _key(report: Report) -> tuple[str, str, str, date]:
    return report.symbol, report.statement, report.frequency, report.period_date
