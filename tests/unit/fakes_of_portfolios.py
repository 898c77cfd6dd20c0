"""Portfolios, positions, target prices and prices in memory, and work done at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.csv_import.use_cases import BackgroundThread
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionId,
    Positions,
)
from sigmasight.domain.portfolios.prices import Price, Prices
from sigmasight.domain.portfolios.target_prices.model import (
    TargetPrice,
    TargetPriceId,
    TargetPrices,
)
from tests.unit.fakes import Memory

T = TypeVar("T")


class InMemoryPortfolios(Portfolios):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock_owner(self, user: UserId) -> Subscription:
        return self._memory.users[user].subscription

    async def count(self, user: UserId) -> int:
        return len(self._memory.portfolios_of(user))

    async def find_by_account_name(self, user: UserId, account_name: str) -> PortfolioId | None:
        named = [
            portfolio.id
            for portfolio in self._memory.portfolios_of(user)
            if portfolio.terms.account_name == account_name
        ]
        return named[0] if named else None

    async def find(self, user: UserId, portfolio: PortfolioId) -> Portfolio | None:
        known = (each for each in self._memory.portfolios_of(user) if each.id == portfolio)
        return next(known, None)

    async def list(self, user: UserId, *, include_inactive: bool) -> Sequence[Portfolio]:
        return [
            portfolio
            for portfolio in self._memory.portfolios_of(user)
            if include_inactive or portfolio.terms.is_active
        ]

    async def put(self, portfolio: Portfolio) -> None:
        self._memory.portfolios[portfolio.user_id, portfolio.id] = portfolio


class InMemoryPositions(Positions):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.most_at_once = 0

    async def add(self, positions: Collection[Position]) -> None:
        self.most_at_once = max(self.most_at_once, len(positions))
        for position in positions:
            if (position.user_id, position.portfolio_id) not in self._memory.portfolios:
                raise ValueError(f"There is no portfolio for {position.symbol}.")
        await self.put(positions)

    async def find(self, user: UserId, position: PositionId) -> Position | None:
        return next((each for each in self.of(user) if each.id == position), None)

    async def claim(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        return [each for each in self.of(user) if each.id in positions]

    async def put(self, positions: Collection[Position]) -> None:
        for position in positions:
            stored = replace(position, last_price=None)
            self._memory.positions[position.user_id, position.id] = stored

    async def with_prices(self, positions: Sequence[Position]) -> Sequence[Position]:
        return [self._memory.priced(position) for position in positions]

    async def page(
        self,
        user: UserId,
        portfolio: PortfolioId,
        *,
        include_closed: bool,
        limit: int,
        offset: int,
    ) -> Page[Position]:
        found = [
            each
            for each in self.of(user)
            if each.portfolio_id == portfolio and (include_closed or each.is_open)
        ]
        return Page(found[offset : offset + limit], len(found))

    async def all(self, user: UserId, portfolio: PortfolioId) -> Sequence[Position]:
        return [each for each in self.of(user) if each.portfolio_id == portfolio]

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[Position]:
        return [
            each
            for each in self.of(user)
            if each.portfolio_id == portfolio and each.symbol == symbol and each.is_open
        ]

    def of(self, user: UserId) -> Sequence[Position]:
        there = {portfolio.id for portfolio in self._memory.portfolios_of(user)}
        return sorted(
            (
                self._memory.priced(position)
                for (owner, _), position in self._memory.positions.items()
                if owner == user and position.deleted_at is None and position.portfolio_id in there
            ),
            key=lambda position: (position.created_at, position.id),
        )


class ImmediateBackgroundThread(BackgroundThread):
    def __init__(self) -> None:
        self.runs = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.runs += 1
        return work()


class InMemoryTargetPrices(TargetPrices):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, user: UserId, target: TargetPriceId) -> TargetPrice | None:
        return next((each for each in self._of(user) if each.id == target), None)

    async def list(self, user: UserId, portfolio: PortfolioId) -> Sequence[TargetPrice]:
        return [each for each in self._of(user) if each.portfolio_id == portfolio]

    async def put(self, targets: Collection[TargetPrice]) -> None:
        for target in targets:
            for other in self._memory.targets.values():
                same = (other.portfolio_id, other.key) == (target.portfolio_id, target.key)
                if same and other.id != target.id:
                    raise ValueError(f"Two targets would be of {target.symbol}.")
            self._memory.targets[target.user_id, target.id] = target

    async def remove(self, user: UserId, target: TargetPriceId) -> None:
        self._memory.targets.pop((user, target), None)

    def _of(self, user: UserId) -> Sequence[TargetPrice]:
        there = {portfolio.id for portfolio in self._memory.portfolios_of(user)}
        return sorted(
            (
                target
                for (owner, _), target in self._memory.targets.items()
                if owner == user and target.portfolio_id in there
            ),
            key=lambda target: (target.symbol, target.position_type or ""),
        )


class InMemoryPrices(Prices):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def stage(self, prices: Sequence[Price]) -> None:
        self._memory.staged |= {(price.symbol, price.date): price.close for price in prices}

    async def store_staged(self) -> None:
        self._memory.prices |= self._memory.staged
        self._memory.staged = {}

    async def recent(self, symbol: str, limit: int) -> Sequence[Price]:
        found = [Price(*key, close) for key, close in self._memory.prices.items()]
        of_symbol = [price for price in found if price.symbol == symbol]
        return sorted(of_symbol, key=lambda price: price.date, reverse=True)[:limit]

    async def latest(self, symbols: Collection[str]) -> Mapping[str, Price]:
        found = {symbol: await self.recent(symbol, 1) for symbol in symbols}
        return {symbol: newest[0] for symbol, newest in found.items() if newest}

    async def closes(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        series: dict[str, dict[date, float]] = {}
        for (symbol, day), close in sorted(self._memory.prices.items()):
            if symbol in symbols and day >= since:
                series.setdefault(symbol, {})[day] = float(close)
        return series
