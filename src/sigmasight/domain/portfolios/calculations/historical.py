"""Historical simulation: the last year's returns of what is held, at its value of today.

Each day's return of a symbol times its value today is a gain, or of an option that of its model
valued anew; summed over the book, they are one series, from which all figures come. A symbol, or an
option's underlying, takes part if it has `MIN_HISTORY_DAYS` closes; a private holding seldom does.
A symbol without a close on a day carries its last one forward for at most `MAX_CARRY_FORWARD`; a
day without closes of all is left out, and one on which a close changed as by a split that is not
known (`splits`). The same rule applies to SPY's closes, for the beta alone.

Gains are divided by the equity: the stated one, or else long and short exposure with their signs
plus cash, of the covered share. If that is less than `MIN_EQUITY` of gross exposure, a ratio to it
would say nothing, and only figures in money are given. From the gains g and returns r = g / equity:

- volatility: the sample standard deviation of r, times √252;
- beta: the covariance of r with SPY's returns over the variance of SPY's;
- max drawdown: the largest fall of the compounded series from a peak, as a fraction of the peak;
- value at risk: the 5th percentile of g, interpolated, as a loss; 0 where it is a gain;
- expected shortfall: the mean of the worst 5 % of g, as a loss (Acerbi and Tasche, 2002).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np

from sigmasight.domain.portfolios.analytics.returns import YEAR, Closes, Floats, annualized
from sigmasight.domain.portfolios.calculations.exposures import Exposure
from sigmasight.domain.portfolios.calculations.snapshots import MIN_COVERAGE, MIN_HISTORY_DAYS
from sigmasight.domain.portfolios.splits import are_suspected_splits

BENCHMARK: Final = "SPY"
MAX_CARRY_FORWARD: Final = timedelta(days=5)
TAIL: Final = 0.05
"""The share of days that may be worse than the value at risk."""
MIN_EQUITY: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The gains of what is exposed today, by the returns of the last year."""

    covered: Sequence[Exposure]
    """Those with a history."""
    days: Sequence[date]
    """The days of the gains, oldest first."""
    gains: Floats
    """In money: a row for each covered exposure, a column for each day. Empty without figures."""
    market: Floats
    """The benchmark's returns of the same days; NaN where it has none."""
    equity: float | None
    """What returns are relative to; None if they would say nothing."""
    history_days: int
    without_history: int
    coverage: float | None
    """The share of gross exposure that has a history; None without exposure."""
    suspected_splits: Sequence[str] = ()
    """Symbols and days whose returns are left out, the day of all."""

    @cached_property
    def total(self) -> Floats:
        """The gains of the book."""
        gains: Floats = self.gains.sum(axis=0)
        return gains

    @cached_property
    def returns(self) -> Floats:
        """The returns of the book; empty without an equity."""
        return self.total / self.equity if self.equity else np.empty(0)

    @property
    def has_figures(self) -> bool:
        return self.gains.size > 0

    @property
    def volatility(self) -> float | None:
        return annualized(self.returns) if self.returns.size else None

    @property
    def beta(self) -> float | None:
        return _beta(self.returns, self.market) if self.returns.size else None

    @property
    def max_drawdown(self) -> float | None:
        return _max_drawdown(self.returns) if self.returns.size else None

    @property
    def value_at_risk(self) -> float | None:
        if not self.has_figures:
            return None
        return max(-float(np.percentile(self.total, 100 * TAIL)), 0.0)

    @property
    def expected_shortfall(self) -> float | None:
        if not self.has_figures:
            return None
        return max(-float(self.total @ self.tail), 0.0)

    @cached_property
    def tail(self) -> Floats:
        """The weights of days in the mean of the worst ones; the last of them counts in part."""
        count = TAIL * len(self.total)
        weights = np.zeros(len(self.total))
        worst = np.argsort(self.total, kind="stable")[: int(count) + 1]
        weights[worst[:-1]] = 1.0
        weights[worst[-1]] = count - int(count)
        return weights / count


def simulate(
    exposures: Sequence[Exposure],
    *,
    cash: float,
    equity: Decimal | None,
    closes: Closes,
    priced_on: date | None,
) -> Simulation:
    """Return the simulation of what is not cash, in the portfolio's currency."""
    since = priced_on and priced_on - YEAR
    known = {
        symbol: {day: close for day, close in days.items() if since and day >= since and close > 0}
        for symbol, days in closes.items()
    }
    covered = {symbol for symbol, days in known.items() if len(days) >= MIN_HISTORY_DAYS}
    own = [each for each in exposures if each.symbol in covered]
    gross = sum(abs(float(each.amount)) for each in exposures)
    of_own = sum(abs(float(each.amount)) for each in own)
    symbols = list(dict.fromkeys(each.symbol for each in own))
    days, prices = _aligned({symbol: known[symbol] for symbol in symbols})
    found = Simulation(
        covered=own,
        days=(),
        gains=np.empty((0, 0)),
        market=np.empty(0),
        equity=None,
        history_days=len(days),
        without_history=len(exposures) - len(own),
        coverage=of_own / gross if gross else None,
    )
    if len(days) < MIN_HISTORY_DAYS or (found.coverage or 0.0) < MIN_COVERAGE:
        return found
    returned = prices[:, 1:] / prices[:, :-1] - 1
    suspected = are_suspected_splits(returned)
    usable = np.flatnonzero(~suspected.any(axis=0))
    returns = dict(zip(symbols, returned[:, usable], strict=True))
    market = np.array(_carried(known.get(BENCHMARK, {}), days))
    base = _equity(
        sum(float(each.position.worth) for each in own), cash, equity, found.coverage or 0.0
    )
    return replace(
        found,
        days=[days[place + 1] for place in usable.tolist()],
        gains=np.array([each.gains(returns[each.symbol]) for each in own]),
        market=(market[1:] / market[:-1] - 1)[usable],
        equity=base if base > MIN_EQUITY * of_own else None,
        suspected_splits=[
            f"{symbols[row]} on {days[column + 1]}" for row, column in np.argwhere(suspected)
        ],
    )


def _equity(net: float, cash: float, stated: Decimal | None, coverage: float) -> float:
    """Return the equity of the covered part."""
    return float(stated) * coverage if stated else net + cash


def _max_drawdown(returns: Floats) -> float:
    worth = np.concatenate([[1.0], np.cumprod(np.maximum(1 + returns, 0.0))])
    return float((1 - worth / np.maximum.accumulate(worth)).max())


def _beta(returns: Floats, market: Floats) -> float | None:
    """Return the beta over the days that SPY has a return for."""
    both = ~(np.isnan(market) | are_suspected_splits(market))
    if both.sum() + 1 < MIN_HISTORY_DAYS:
        return None
    covariance = np.cov(returns[both], market[both])
    return float(covariance[0, 1] / covariance[1, 1]) if covariance[1, 1] > 0 else None


def _aligned(closes: Closes) -> tuple[Sequence[date], Floats]:
    """Return the days on which all have a close, carried forward if necessary, and the closes."""
    days = sorted(set().union(*closes.values()))
    rows = [_carried(series, days) for series in closes.values()]
    prices = np.array(rows, dtype=np.float64).reshape(len(rows), len(days))
    complete = np.flatnonzero(np.isfinite(prices).all(axis=0))
    return [days[place] for place in complete], prices[:, complete]


def _carried(series: Mapping[date, float], days: Sequence[date]) -> list[float]:
    """Return a symbol's close on each day; NaN if the last one is too old."""
    closes: list[float] = []
    last_day, last = date.min, np.nan
    for day in days:
        if day in series:
            last_day, last = day, series[day]
        closes.append(last if day - last_day <= MAX_CARRY_FORWARD else np.nan)
    return closes
