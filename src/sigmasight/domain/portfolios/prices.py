"""Prices: daily closes by symbol, the same for every user."""

import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Final, Protocol

from sigmasight.domain.kernel import Clock, Transaction, atomic, iso_date
from sigmasight.domain.portfolios.positions.validation import MAX_FIGURE, MAX_SYMBOL_LENGTH, SYMBOL

BATCH: Final = 20_000
MAX_REPORTED_LINES: Final = 20
"""How many bad lines an import lists."""
PRECISION: Final = Decimal("1e-12")
NUMBER: Final = re.compile(r"\d{1,12}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)

VOLATILITY: Final = re.compile(r"\d(\.\d{1,12})?", re.ASCII)
CURRENCIES: Final = re.compile(r"^([A-Z]{3})/([A-Z]{3})$")
"""A pair as some write it: `EUR/USD` is the symbol EURUSD."""
FIELDS: Final = (3, 4)

Lines = Callable[[], Iterable[tuple[int, Sequence[str]]]]
"""Yields line numbers with their fields, from the first line at every call."""


@dataclass(frozen=True, slots=True)
class Price:
    symbol: str
    date: date
    close: Decimal
    implied_volatility: Decimal | None = None
    """Of an option, a year, as a fraction; None if it is unknown."""


class Prices(Protocol):
    """The closes of symbols; they have no owner."""

    @abstractmethod
    async def stage(self, prices: Sequence[Price]) -> None:
        """Stage prices until the transaction ends."""

    @abstractmethod
    async def store_staged(self) -> None:
        """Store the staged prices; the last one of a symbol and day remains."""

    @abstractmethod
    async def recent(self, symbol: str, limit: int) -> Sequence[Price]:
        """Return a symbol's newest prices, the newest first."""

    @abstractmethod
    async def latest(self, symbols: Collection[str]) -> Mapping[str, Price]:
        """Return the newest price of each symbol that has one."""

    @abstractmethod
    async def closes(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        """Return the closes of symbols since that day, oldest first, for statistics.

        They are comparable: those before a known split are divided by its ratio (`adjusted`).
        """

    @abstractmethod
    async def closes_as_traded(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        """Return the closes as they are stored, whatever was split since."""


@dataclass(frozen=True, slots=True)
class BadLine:
    number: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """The result of importing a file's lines."""

    read: int = 0
    stored: int = 0
    bad: int = 0
    bad_lines: list[BadLine] = field(default_factory=list)

    def reject(self, number: int, reason: str) -> None:
        """Count a bad line; the first ones are listed."""
        self.bad += 1
        if self.bad <= MAX_REPORTED_LINES:
            self.bad_lines.append(BadLine(number, reason))


@dataclass(frozen=True, slots=True)
class ImportPrices:
    """Import a file's prices: all valid lines or, if strict, all lines or none."""

    prices: Prices
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, lines: Lines, *, strict: bool, on_progress: Callable[[ImportReport], None]
    ) -> ImportReport:
        """Report progress, and return the final report."""
        report = ImportReport()
        readable = _readable(lines(), report, today=self.clock.now().date())
        while batch := list(islice(readable, BATCH)):
            await self.prices.stage(batch)
            on_progress(report)
        if not (strict and report.bad):
            await self.prices.store_staged()
            report.stored = report.read - report.bad
        on_progress(report)
        return report


@dataclass(frozen=True, slots=True)
class FindPrices:
    """Read a symbol's closes."""

    prices: Prices
    transaction: Transaction

    @atomic
    async def __call__(self, symbol: str, *, limit: int) -> Sequence[Price]:
        """Return its newest prices, the newest first."""
        return await self.prices.recent(symbol.strip().upper(), limit)


def _readable(
    lines: Iterable[tuple[int, Sequence[str]]], report: ImportReport, *, today: date
) -> Iterable[Price]:
    for number, fields in lines:
        report.read += 1
        try:
            yield parse_price(fields, today=today)
        except ValueError as error:
            report.reject(number, str(error))


def parse_price(fields: Sequence[str], *, today: date) -> Price:
    """Return the price; raise ValueError with a message for the line."""
    if len(fields) not in FIELDS:
        raise ValueError(f"{len(fields)} fields instead of 3, or 4 with an implied volatility.")
    symbol, day, close, *others = (each.strip() for each in fields)
    if len(symbol) > MAX_SYMBOL_LENGTH or not SYMBOL.fullmatch(symbol):
        raise ValueError("The symbol is not valid.")
    on = _date(day)
    if on is None:
        raise ValueError("The date is not a calendar date in the form YYYY-MM-DD.")
    if on > today:
        raise ValueError("The date is in the future.")
    implied = _volatility(others[0]) if others and others[0] else None
    return Price(CURRENCIES.sub(r"\1\2", symbol.upper()), on, _close(close), implied)


_date = lru_cache(maxsize=100_000)(iso_date)


def _close(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError("The close is not a plain number.")
    close = Decimal(text)
    if close >= MAX_FIGURE:
        raise ValueError(f"The close is not below {MAX_FIGURE:f}.")
    close = close.quantize(PRECISION)
    if not close:
        raise ValueError("The close is not more than 0.")
    return close.normalize()


def _volatility(text: str) -> Decimal:
    if not VOLATILITY.fullmatch(text) or not (volatility := Decimal(text)):
        raise ValueError("The implied volatility is not a fraction above 0 and below 10.")
    return volatility
