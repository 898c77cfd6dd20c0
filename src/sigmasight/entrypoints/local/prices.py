"""Synthetic prices for the demo: random walks from fixed seeds.

The option and the money market fund have none, to show positions valued at entry.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from typing import Final

from dishka import AsyncContainer

from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.portfolios.analytics.returns import YEAR
from sigmasight.domain.portfolios.calculations.historical import BENCHMARK
from sigmasight.domain.portfolios.prices import ImportPrices, Prices

START: Final = date(2025, 1, 1)
SATURDAY: Final = 5
DRIFT: Final = 0.0003
MARKET_MOVES: Final = 0.008


@dataclass(frozen=True, slots=True)
class Walk:
    """A symbol's first price, its beta, and the deviation of its own daily moves."""

    start: float
    beta: float
    moves: float


SYNTHETIC: Final[Mapping[str, Walk]] = {
    "AAPL": Walk(235.0, 1.2, 0.010),
    "MSFT": Walk(450.0, 1.0, 0.009),
    "JNJ": Walk(200.0, 0.5, 0.007),
    "XOM": Walk(115.0, 0.8, 0.011),
    BENCHMARK: Walk(640.0, 1.0, 0.0),
    "TSLA": Walk(410.0, 1.8, 0.022),
    "NVDA": Walk(45.0, 1.7, 0.018),
    "QQQ": Walk(560.0, 1.15, 0.004),
    "VTV": Walk(180.0, 0.85, 0.004),
    "VUG": Walk(440.0, 1.15, 0.004),
    "MTUM": Walk(240.0, 1.1, 0.006),
    "QUAL": Walk(190.0, 1.0, 0.003),
    "IWM": Walk(230.0, 1.15, 0.007),
    "USMV": Walk(95.0, 0.65, 0.003),
    "TLT": Walk(90.0, -0.15, 0.008),
}


async def import_prices(container: AsyncContainer) -> None:
    """Import a year of synthetic prices for symbols without prices."""
    async with container() as scope:
        today = (await scope.get(Clock)).now().date()
        prices, transaction = await scope.get(Prices), await scope.get(Transaction)
        known = await transaction.run(lambda: prices.latest(SYNTHETIC))
        missing = SYNTHETIC.keys() - known
        store = await scope.get(ImportPrices)
        await store(
            lambda: enumerate(
                (symbol, f"{day}", f"{close:.2f}")
                for symbol in sorted(missing)
                for day, close in synthetic(symbol, today - YEAR, today)
            ),
            strict=True,
            on_progress=lambda _: None,
        )


def synthetic(symbol: str, since: date, until: date) -> Iterator[tuple[date, float]]:
    """Yield the closes of all weekdays from `since` to `until`, always the same ones."""
    walk, close, day = SYNTHETIC[symbol], SYNTHETIC[symbol].start, START
    market, own = random.Random(BENCHMARK), random.Random(symbol)  # noqa: S311
    while day <= until:
        if day.weekday() < SATURDAY:
            move = walk.beta * market.gauss(DRIFT, MARKET_MOVES) + own.gauss(0, walk.moves)
            close *= exp(move)
            if day >= since:
                yield day, close
        day += timedelta(days=1)
