"""Daily simple returns, from closes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigmasight.domain.portfolios.splits import are_suspected_splits

Closes = Mapping[str, Mapping[date, float]]
Floats = NDArray[np.float64]

YEAR: Final = timedelta(days=365)
TRADING_DAYS: Final = 252
MIN_VOLATILITY_RETURNS: Final = 20


@dataclass(frozen=True)
class History:
    """The closes of symbols, aligned by day once for all figures."""

    closes: Closes

    def last(self, symbol: str) -> float | None:
        closes = self.closes.get(symbol)
        return closes[max(closes)] if closes else None

    def returns(self, symbols: Sequence[str], since: date) -> Floats:
        """Return a column for each symbol, and a row for each day but the first.

        The days are those from `since` on which all of the symbols have a close above 0; the
        return is that from one such day to the next. A day on which a close changed as by a split
        that is not known has none.
        """
        if not all(symbol in self._columns for symbol in symbols):
            return np.empty((0, len(symbols)))
        first = int(np.searchsorted(self._days, since.toordinal()))
        closes = self._table[first:, [self._columns[symbol] for symbol in symbols]]
        common = closes[~np.isnan(closes).any(axis=1)]
        returns: Floats = common[1:] / common[:-1] - 1
        return returns[~are_suspected_splits(returns).any(axis=1)]

    @cached_property
    def _columns(self) -> Mapping[str, int]:
        return {symbol: column for column, symbol in enumerate(self.closes)}

    @cached_property
    def _days(self) -> NDArray[np.int64]:
        days = set[date]().union(*self.closes.values())
        return np.array(sorted(day.toordinal() for day in days), np.int64)

    @cached_property
    def _table(self) -> Floats:
        """A row for each day, a column for each symbol; NaN without a close above 0."""
        table = np.full((len(self._days), len(self.closes)), np.nan)
        for column, closes in enumerate(self.closes.values()):
            days = np.array([day.toordinal() for day in closes], np.int64)
            table[np.searchsorted(self._days, days), column] = list(closes.values())
        table[table <= 0] = np.nan
        return table


def annualized(returns: Floats) -> float:
    """Return the sample standard deviation of daily returns, times √252."""
    return float(returns.std(ddof=1) * TRADING_DAYS**0.5)


def annual_volatility(history: History, symbol: str) -> float | None:
    """Return the volatility of the last year of a symbol's closes; None with too few of them."""
    if not (closes := history.closes.get(symbol)):
        return None
    returns = history.returns([symbol], max(closes) - YEAR)
    return annualized(returns[:, 0]) if len(returns) >= MIN_VOLATILITY_RETURNS else None
