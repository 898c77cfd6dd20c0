"""Reading books: the market data of positions, and the portfolios of a caller."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import Clock, UserId
from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.options import NO_INTEREST, RiskFreeRate
from sigmasight.domain.portfolios.analytics.returns import YEAR, History
from sigmasight.domain.portfolios.benchmarks import Benchmarks
from sigmasight.domain.portfolios.portfolio import (
    Portfolio,
    PortfolioId,
    PortfolioNotFoundError,
    Portfolios,
)
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.profiles import CompanyProfiles

BENCHMARK: Final = "SP500"


@dataclass(frozen=True, slots=True)
class Books:
    """Reads books within the caller's transaction, with as many statements as kinds of data."""

    portfolios: Portfolios
    positions: Positions
    prices: Prices
    profiles: CompanyProfiles
    benchmarks: Benchmarks
    clock: Clock
    risk_free_rate: RiskFreeRate = NO_INTEREST

    async def read(
        self, portfolio: PortfolioId, owner: UserId, *, history: timedelta | None = YEAR
    ) -> Book:
        """Raise PortfolioNotFoundError."""
        return await self.joint([await self.portfolios.get(owner, portfolio)], history=history)

    async def active(self, owner: UserId, only: Collection[PortfolioId]) -> Sequence[Portfolio]:
        """Return the caller's active portfolios, or those; raise PortfolioNotFoundError."""
        if not only:
            return await self.portfolios.list(owner, include_inactive=False)
        known = await self.portfolios.list(owner, include_inactive=True)
        found = [each for each in known if each.id in only]
        if len(found) < len(set(only)):
            raise PortfolioNotFoundError
        return found

    async def joint(
        self, portfolios: Sequence[Portfolio], *, history: timedelta | None = YEAR
    ) -> Book:
        """Return the book of these portfolios of one user together."""
        owner, ids = portfolios[0].user_id, [each.id for each in portfolios]
        positions = await self.positions.all(owner, *ids)
        held = [each for each in positions if each.is_open]
        book = await self.of(portfolios, held, history=history)
        realized = dict.fromkeys(ids, Decimal(0))
        for each in positions:
            realized[each.portfolio_id] += each.converted(each.realized_pnl)
        benchmark = await self.benchmarks.latest(BENCHMARK)
        return replace(book, realized_pnl=realized, benchmark=benchmark)

    async def of(
        self,
        portfolios: Sequence[Portfolio],
        positions: Sequence[Position],
        *,
        history: timedelta | None = YEAR,
        compared_with: Collection[str] = (),
    ) -> Book:
        """Return the book of these open positions.

        It has the closes of that time, or none, for figures that are of market values alone; and
        those of the symbols to compare with.
        """
        symbols = {each.symbol for each in positions}
        symbols |= {each.underlying_symbol for each in positions if each.underlying_symbol}
        latest = {
            symbol: price.date for symbol, price in (await self.prices.latest(symbols)).items()
        }
        day = max(latest.values(), default=self.clock.now().date())
        closes = (
            await self.prices.closes(symbols.union(compared_with), day - history)
            if latest and history
            else {}
        )
        return Book(
            portfolios=portfolios,
            positions=positions,
            history=History(closes),
            profiles=await self.profiles.for_symbols(symbols),
            day=day,
            latest=latest,
            risk_free_rate=self.risk_free_rate,
        )
