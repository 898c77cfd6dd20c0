"""Reading what analytics are computed from."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeVar

from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.analytics.performance import (
    Performance,
    PerformanceInput,
    performance,
)
from sigmasight.domain.portfolios.analytics.returns import YEAR
from sigmasight.domain.portfolios.equity_changes.model import EquityChanges
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices

T = TypeVar("T")
CARRIED: Final = timedelta(days=14)
"""How long before the first month a close may be that the first day's gain starts from."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The caller's portfolios of one currency, and those of others, which are left out."""

    portfolios: Sequence[Portfolio]
    other_currencies: Sequence[Portfolio] = ()

    @classmethod
    def of(cls, portfolios: Sequence[Portfolio]) -> "Accounts":
        """Choose the currency of the first one: without a rate, currencies do not add up."""
        currency = portfolios[0].terms.currency if portfolios else ""
        same = [each for each in portfolios if each.terms.currency == currency]
        return cls(same, [each for each in portfolios if each.terms.currency != currency])


@dataclass(frozen=True, slots=True)
class ComputeAnalytics:
    """Compute a figure of the caller's portfolio, or of several together."""

    books: Books
    transaction: Transaction

    async def one(
        self,
        portfolio: PortfolioId,
        figure: Callable[[Book], T],
        *,
        by: UserId,
        history: timedelta | None = YEAR,
    ) -> tuple[Book, T]:
        """Return the book, with the closes that the figure needs; raise PortfolioNotFoundError."""
        book = await self._book(portfolio, by, history)
        return book, figure(book)

    @atomic
    async def _book(self, portfolio: PortfolioId, by: UserId, history: timedelta | None) -> Book:
        return await self.books.read(portfolio, by, history=history)

    @atomic
    async def joint(
        self, only: Collection[PortfolioId], *, by: UserId, history: timedelta | None = YEAR
    ) -> tuple[Accounts, Book | None]:
        """Return the active portfolios, or those named, with their joint book.

        Inactive ones are included if they are named. There is no book without portfolios. Raise
        PortfolioNotFoundError.
        """
        accounts = Accounts.of(await self.books.active(by, only))
        if not accounts.portfolios:
            return accounts, None
        return accounts, await self.books.joint(accounts.portfolios, history=history)

    @atomic
    async def accounts(self, only: Collection[PortfolioId], *, by: UserId) -> Accounts:
        """Return the portfolios alone; raise PortfolioNotFoundError."""
        return Accounts.of(await self.books.active(by, only))


@dataclass(frozen=True, slots=True)
class ReadPerformance:
    """Compute what the caller's portfolio has gained by month."""

    portfolios: Portfolios
    positions: Positions
    prices: Prices
    changes: EquityChanges
    clock: Clock
    transaction: Transaction

    async def __call__(self, portfolio: PortfolioId, *, months: int, by: UserId) -> Performance:
        """Return the last months, the present one included; raise PortfolioNotFoundError."""
        today = self.clock.now().date()
        since = _months_before(today, months - 1)
        inputs = await self._read(portfolio, by, since)
        return await asyncio.to_thread(performance, inputs, since=since, today=today)

    @atomic
    async def _read(self, portfolio: PortfolioId, by: UserId, since: date) -> PerformanceInput:
        found = await self.portfolios.get(by, portfolio)
        positions = await self.positions.all(by, portfolio)
        flows = await self.changes.flows_by_day(by, portfolio, since)
        return PerformanceInput(
            positions=positions,
            closes=await self.prices.closes({each.symbol for each in positions}, since - CARRIED),
            flows={day: each.net for day, each in flows.items()},
            net_asset_value=float(found.net_asset_value),
        )


def _months_before(day: date, count: int) -> date:
    """Return the first day of the month so many before that of a day."""
    month = day.year * 12 + day.month - 1 - count
    return date(month // 12, month % 12 + 1, 1)
