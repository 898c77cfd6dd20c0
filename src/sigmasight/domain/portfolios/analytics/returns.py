"""Daily simple returns, from closes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

Closes = Mapping[str, Mapping[date, float]]
Floats = NDArray[np.float64]

TRADING_DAYS: Final = 252
MIN_VOLATILITY_RETURNS: Final = 20


def common_days(closes: Closes, symbols: Collection[str], since: date) -> Sequence[date]:
    """Return the days, in their order, on which all of the symbols have a close above 0."""
    days = [
        {day for day, close in closes.get(symbol, {}).items() if day >= since and close > 0}
        for symbol in symbols
    ]
    return sorted(set.intersection(*days)) if days else []


def daily_returns(closes: Closes, symbols: Sequence[str], days: Sequence[date]) -> Floats:
    """Return a row for each day but the first, and a column for each symbol."""
    prices = np.array([[closes[symbol][day] for symbol in symbols] for day in days], np.float64)
    prices = prices.reshape(len(days), len(symbols))
    returns: Floats = prices[1:] / prices[:-1] - 1
    return returns


def annualized(returns: Floats) -> float:
    """Return the sample standard deviation of daily returns, times √252."""
    return float(returns.std(ddof=1) * TRADING_DAYS**0.5)


def annual_volatility(closes: Mapping[date, float]) -> float | None:
    """Return the volatility of the last year of closes; None with too few of them."""
    since = max(closes, default=date.min) - timedelta(days=365) if closes else date.min
    days = common_days({"": closes}, [""], since)
    if len(days) <= MIN_VOLATILITY_RETURNS:
        return None
    return annualized(daily_returns({"": closes}, [""], days)[:, 0])
