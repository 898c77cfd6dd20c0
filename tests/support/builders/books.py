"""Books for analytics, with prices made of given returns."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

import numpy as np

from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.factors import FACTOR_ETFS
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.portfolio import Holdings, Portfolio
from sigmasight.domain.portfolios.positions import InvestmentClass, Position, PositionType
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio, a_position, terms

TODAY = NOON.date()
SAVINGS = a_portfolio()


def random_returns(seed: str, count: int, deviation: float = 0.01) -> np.ndarray[Any, Any]:
    """Return the same daily returns for the same seed."""
    return np.random.default_rng(hash_of(seed)).normal(0.0005, deviation, count)


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[:4], "big")


def prices(
    returns: Iterable[float], *, start: float = 100.0, until: date = TODAY
) -> dict[date, float]:
    """Return closes on consecutive days up to that one, with these returns between them."""
    closes = [*accumulate(returns, lambda close, change: close * (1 + change), initial=start)]
    first = until - timedelta(days=len(closes) - 1)
    return {first + timedelta(days=number): close for number, close in enumerate(closes)}


def etf_prices(count: int) -> dict[str, dict[date, float]]:
    return {symbol: prices(random_returns(symbol, count)) for symbol in FACTOR_ETFS}


def held(symbol: str, value: float, *, portfolio: Portfolio = SAVINGS, **changes: Any) -> Position:
    """Return shares of that value at a price of 1; a negative value is short."""
    parts: dict[str, Any] = {
        "symbol": symbol,
        "quantity": Decimal(str(value)),
        "entry_price": Decimal(1),
        "position_type": PositionType.SHORT if value < 0 else PositionType.LONG,
        **changes,
    }
    return a_position(portfolio, **parts)


def cash(value: float) -> Position:
    return held("CASH", value, investment_subtype="CASH")


def private(symbol: str, value: float) -> Position:
    return held(symbol, value, investment_class=InvestmentClass.PRIVATE)


def an_option(
    contracts: int, strike: float, *, days: int = 90, kind: PositionType = PositionType.LC
) -> Position:
    return held(
        "ACME-OPTION",
        contracts,
        position_type=kind,
        investment_class=InvestmentClass.OPTIONS,
        underlying_symbol="ACME",
        strike_price=Decimal(str(strike)),
        expiration_date=TODAY + timedelta(days=days),
    )


def a_book(
    *positions: Position,
    closes: Mapping[str, Mapping[date, float]] | None = None,
    equity: float | None = None,
    **changes: Any,
) -> Book:
    """Return the book of a portfolio with this stated equity, or with its positions' value."""
    value = sum((each.market_value for each in positions), Decimal(0))
    portfolio = a_portfolio(
        id=SAVINGS.id,
        terms=terms(equity_balance=None if equity is None else Decimal(str(equity))),
        holdings=Holdings(len(positions), value),
    )
    closes = closes or {}
    parts: dict[str, Any] = {
        "portfolios": [portfolio],
        "positions": positions,
        "history": History(closes),
        "profiles": {},
        "day": TODAY,
        "latest": {symbol: max(days) for symbol, days in closes.items() if days},
        **changes,
    }
    return Book(**parts)
