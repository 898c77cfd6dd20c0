"""Positions in memory."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionId,
    Positions,
)
from tests.support.fakes.store import InMemoryStore


class InMemoryPositions(Positions):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, positions: Iterable[Position]) -> None:
        added = list(positions)
        for position in added:
            if (position.user_id, position.portfolio_id) not in self._store.portfolios:
                raise ValueError(f"There is no portfolio for {position.symbol}.")
        await self.put(added)

    async def find(self, user: UserId, position: PositionId) -> Position | None:
        return next((each for each in self.of(user) if each.id == position), None)

    async def find_all(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        return [each for each in self.of(user) if each.id in positions]

    async def claim(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        return [each for each in self.of(user) if each.id in positions]

    async def put(self, positions: Collection[Position]) -> None:
        for position in positions:
            stored = replace(
                position,
                last_price=None,
                price_date=None,
                implied_volatility=None,
                exchange_rate=Decimal(1),
                rate_date=None,
            )
            self._store.positions[position.user_id, position.id] = stored

    async def with_prices(self, positions: Sequence[Position]) -> Sequence[Position]:
        return [self._store.priced(position) for position in positions]

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

    async def all(self, user: UserId, *portfolios: PortfolioId) -> Sequence[Position]:
        return [each for each in self.of(user) if each.portfolio_id in portfolios]

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[Position]:
        return [
            each
            for each in self.of(user)
            if each.portfolio_id == portfolio and each.symbol == symbol and each.is_open
        ]

    def of(self, user: UserId) -> Sequence[Position]:
        there = {portfolio.id for portfolio in self._store.portfolios_of(user)}
        return sorted(
            (
                self._store.priced(position)
                for (owner, _), position in self._store.positions.items()
                if owner == user and position.deleted_at is None and position.portfolio_id in there
            ),
            key=lambda position: (position.created_at, position.id),
        )
