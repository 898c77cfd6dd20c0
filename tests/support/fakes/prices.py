"""Prices in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sigmasight.domain.portfolios.portfolio import ExchangeRates
from sigmasight.domain.portfolios.prices import Price, Prices
from sigmasight.domain.portfolios.splits import Split, Splits, adjusted
from tests.support.fakes.store import InMemoryStore


class InMemoryPrices(Prices):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def stage(self, prices: Sequence[Price]) -> None:
        for price in prices:
            self._store.staged[price.symbol, price.date] = price.close
            self._store.implied_volatilities[price.symbol, price.date] = price.implied_volatility

    async def store_staged(self) -> None:
        self._store.prices |= self._store.staged
        self._store.staged = {}

    async def recent(self, symbol: str, limit: int) -> Sequence[Price]:
        implied = self._store.implied_volatilities
        found = [Price(*key, close, implied.get(key)) for key, close in self._store.prices.items()]
        of_symbol = [price for price in found if price.symbol == symbol]
        return sorted(of_symbol, key=lambda price: price.date, reverse=True)[:limit]

    async def latest(self, symbols: Collection[str]) -> Mapping[str, Price]:
        found = {symbol: await self.recent(symbol, 1) for symbol in symbols}
        return {symbol: newest[0] for symbol, newest in found.items() if newest}

    async def closes(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        traded = await self.closes_as_traded(symbols, since)
        return {
            symbol: adjusted(closes, self._store.splits.get(symbol, {}))
            for symbol, closes in traded.items()
        }

    async def closes_as_traded(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        series: dict[str, dict[date, float]] = {}
        for (symbol, day), close in sorted(self._store.prices.items()):
            if symbol in symbols and day >= since:
                series.setdefault(symbol, {})[day] = float(close)
        return series


class InMemorySplits(Splits):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, splits: Sequence[Split]) -> None:
        for each in splits:
            self._store.splits.setdefault(each.symbol, {})[each.date] = float(each.ratio)


class InMemoryExchangeRates(ExchangeRates):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def latest(self, currency: str, into: str) -> Decimal | None:
        return self._store.rate(currency, into)
