"""Reading what analytics are computed from."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sigmasight.domain.kernel import Transaction, UserId, atomic
from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.analytics.returns import YEAR
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId

T = TypeVar("T")


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
