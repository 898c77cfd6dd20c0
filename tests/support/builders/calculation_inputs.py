"""Inputs of calculations."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sigmasight.domain.portfolios.calculations.metrics import CalculationInput
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio, a_position

SAVINGS = a_portfolio()
TODAY = NOON.date()


def a_walk(seed: str, days: int, *, start: float = 100.0, until: date = TODAY) -> dict[date, float]:
    """Return a random walk over that many weekdays."""
    steps = random.Random(seed)  # noqa: S311
    found: dict[date, float] = {}
    day = until
    while len(found) < days:
        if day.weekday() < 5:
            start *= 1 + steps.gauss(0.0004, 0.012)
            found[day] = round(start, 4)
        day -= timedelta(days=1)
    return dict(sorted(found.items()))


def a_book(*positions: Position, **closes: Mapping[date, float]) -> CalculationInput:
    """Return an input in which every position has the last close of its symbol."""
    symbols = {each.symbol for each in positions} | {each.underlying_symbol for each in positions}
    days = {day for symbol in symbols for day in closes.get(symbol or "", ())}
    priced = [
        replace(each, last_price=Decimal(str(known[max(known)])))
        if (known := closes.get(each.symbol))
        else each
        for each in positions
    ]
    return CalculationInput(PortfolioId(SAVINGS.id), priced, max(days, default=None), closes)


def held(symbol: str, quantity: str | int, **changes: Any) -> Position:
    return a_position(SAVINGS, symbol=symbol, quantity=Decimal(quantity), **changes)
