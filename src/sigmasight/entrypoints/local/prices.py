"""SYNTHETIC prices for the demo: random walks, the same each time, of nothing but chance.

The option and the money market fund get none, so that the demo shows what is priced at entry.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from typing import Final

from dishka import AsyncContainer

from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.portfolios.calculations.metrics import BENCHMARK, YEAR
from sigmasight.domain.portfolios.prices import ImportPrices, Prices

BEGUN: Final = date(2025, 1, 1)
SATURDAY: Final = 5
DRIFT: Final = 0.0003
MARKET_MOVES: Final = 0.008


@dataclass(frozen=True, slots=True)
class Walk:
    """A symbol's price when the walks began, how it follows the market, and its own daily moves."""

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
}


async def price(container: AsyncContainer) -> None:
    """Take in a year of synthetic prices of those symbols that have no price at all."""
    async with container() as scope:
        today = (await scope.get(Clock)).now().date()
        prices, transaction = await scope.get(Prices), await scope.get(Transaction)
        known = await transaction.run(lambda: prices.latest(SYNTHETIC))
        missing = SYNTHETIC.keys() - known
        take_in = await scope.get(ImportPrices)
        await take_in(
            lambda: enumerate(
                (symbol, f"{day}", f"{close:.2f}")
                for symbol in sorted(missing)
                for day, close in synthetic(symbol, today - YEAR, today)
            ),
            strict=True,
            on_progress=lambda _: None,
        )


def synthetic(symbol: str, since: date, until: date) -> Iterator[tuple[date, float]]:
    """Yield made-up closes of the weekdays between, both included; a day's is always the same."""
    walk, close, day = SYNTHETIC[symbol], SYNTHETIC[symbol].start, BEGUN
    market, own = random.Random(BENCHMARK), random.Random(symbol)  # noqa: S311
    while day <= until:
        if day.weekday() < SATURDAY:
            move = walk.beta * market.gauss(DRIFT, MARKET_MOVES) + own.gauss(0, walk.moves)
            close *= exp(move)
            if day >= since:
                yield day, close
        day += timedelta(days=1)
