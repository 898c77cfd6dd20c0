"""A portfolio's metrics, from positions and prices.

Cash is the positions of subtype CASH, MONEY_MARKET and TREASURY_BILLS: it counts in the market
value, not in exposure. Exposures are market values at the latest price, else at the entry
price; short positions are negative, and an option counts for 100 shares a contract. Weights are
shares of gross exposure, by symbol.

Historical metrics value the present holdings over the last year, up to the day of the latest
price. A symbol takes part if it has `MIN_HISTORY_DAYS` closes in that time; an option or a private
holding seldom does, and is excluded and counted. Cash counts on every day at its present value. A
symbol without a close on a day carries its last one forward for at most `MAX_CARRY_FORWARD`; a day
without closes of all is left out. The same rule applies to SPY's closes, for the beta alone. From
the values of the remaining days:

- volatility: the sample standard deviation of daily returns, times √252;
- beta: the covariance of daily returns with SPY's over the variance of SPY's;
- max drawdown: the largest fall from a peak, as a fraction of the peak;
- value at risk: the loss that one in twenty of the daily changes in value exceeds, in money,
  interpolated between the two nearest, and 0 where that is a gain.

A return has no meaning where the value is not above 0; then only the value at risk remains.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from sigmasight.domain.portfolios.analytics.returns import TRADING_DAYS, YEAR
from sigmasight.domain.portfolios.calculations.snapshots import MIN_HISTORY_DAYS, Snapshot
from sigmasight.domain.portfolios.money import CENTS, EXACT, product, total, written
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position

BENCHMARK: Final = "SPY"
MAX_CARRY_FORWARD: Final = timedelta(days=5)
TAIL: Final = 5.0
"""Percent of days that may be worse than the value at risk."""
RATIO: Final = Decimal("0.000001")
BOUND: Final = 1e50
"""Metrics beyond it are only rounding errors."""

Closes = Mapping[str, Mapping[date, float]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CalculationInput:
    """A portfolio's positions, open and closed, with the prices of their symbols.

    Positions carry their latest price.
    """

    portfolio_id: PortfolioId
    positions: Sequence[Position]
    priced_on: date | None
    """The day of the latest price; None without prices."""
    closes: Closes
    """Closes of their symbols and of SPY, in the year before that day."""


class _LastDay(TypedDict):
    daily_pnl: Decimal | None
    daily_return: Decimal | None


class _FromHistory(TypedDict):
    volatility: Decimal | None
    beta: Decimal | None
    max_drawdown: Decimal | None
    value_at_risk: Decimal | None
    history_days: int
    without_history: int


def calculate_snapshot(inputs: CalculationInput, *, at: datetime) -> Snapshot:
    """Return the snapshot; every portfolio has one."""
    held = [position for position in inputs.positions if position.is_open]
    exposed = [position for position in held if not position.is_cash]
    cash = total(position.worth for position in held if position.is_cash)
    long = total(each.worth for each in exposed if each.worth > 0)
    short = total(each.worth for each in exposed if each.worth < 0)
    gross = EXACT.subtract(long, short)
    weights = _weights(exposed, gross)
    largest = min(weights, key=lambda symbol: (-weights[symbol], symbol), default=None)
    return Snapshot(
        portfolio_id=inputs.portfolio_id,
        as_of=inputs.priced_on or at.date(),
        calculated_at=at,
        market_value=written(total(each.worth for each in held)),
        unrealized_pnl=written(total(each.converted(each.unrealized_pnl) for each in held)),
        realized_pnl=written(total(each.converted(each.realized_pnl) for each in inputs.positions)),
        gross_exposure=written(gross),
        net_exposure=written(EXACT.add(long, short)),
        long_exposure=written(long),
        short_exposure=written(short),
        cash=written(cash),
        largest_symbol=largest,
        largest_weight=None if largest is None else _ratio(weights[largest]),
        concentration=_ratio(total(EXACT.power(each, 2) for each in weights.values()))
        if weights
        else None,
        positions=len(held),
        priced_at_entry=sum(position.last_price is None for position in held),
        **_last_day(exposed, total(each.worth for each in held), inputs),
        **_from_history(exposed, float(cash), inputs),
    )


def _last_day(
    exposed: Sequence[Position], market_value: Decimal, inputs: CalculationInput
) -> _LastDay:
    """Return the gain of the last day of prices; a symbol without a close on it has none."""
    changes: list[Decimal] = []
    for position in exposed:
        closes = inputs.closes.get(position.symbol, {})
        days = sorted(closes)[-2:]
        if len(days) == 2 and days[1] == inputs.priced_on:  # noqa: PLR2004  the last and the one before
            before, last = (Decimal(str(closes[day])) for day in days)
            change = product(position.quantity, last - before, position.multiplier)
            changes.append(position.converted(change))
    if not changes:
        return _LastDay(daily_pnl=None, daily_return=None)
    gain = total(changes)
    before_gain = EXACT.subtract(market_value, gain)
    return _LastDay(
        daily_pnl=written(EXACT.quantize(gain, CENTS)),
        daily_return=_ratio(EXACT.divide(gain, before_gain)) if before_gain > 0 else None,
    )


def _weights(exposed: Sequence[Position], gross: Decimal) -> Mapping[str, Decimal]:
    """Return each symbol's share of gross exposure; empty without exposure."""
    sizes: defaultdict[str, Decimal] = defaultdict(Decimal)
    for position in exposed:
        sizes[position.symbol] = EXACT.add(sizes[position.symbol], position.worth.copy_abs())
    return {symbol: EXACT.divide(size, gross) for symbol, size in sizes.items() if gross}


def _from_history(
    exposed: Sequence[Position], cash: float, inputs: CalculationInput
) -> _FromHistory:
    since = inputs.priced_on and inputs.priced_on - YEAR
    known = {
        symbol: {day: close for day, close in days.items() if since and day >= since}
        for symbol, days in inputs.closes.items()
    }
    units: defaultdict[str, float] = defaultdict(float)
    for position in exposed:
        if len(known.get(position.symbol, ())) >= MIN_HISTORY_DAYS:
            units[position.symbol] += float(
                position.converted(position.quantity * position.multiplier)
            )
    days, prices = _aligned({symbol: known[symbol] for symbol in units})
    figures = _FromHistory(
        volatility=None,
        beta=None,
        max_drawdown=None,
        value_at_risk=None,
        history_days=len(days),
        without_history=sum(position.symbol not in units for position in exposed),
    )
    if len(days) < MIN_HISTORY_DAYS:
        return figures
    with np.errstate(all="ignore"):  # None on overflow
        values = np.array(list(units.values())) @ prices + cash
        loss = -float(np.percentile(np.diff(values), TAIL))
        figures["value_at_risk"] = _money(max(loss, 0.0))
        if (values > 0).all():
            figures["volatility"] = _rounded(_returns(values).std(ddof=1) * TRADING_DAYS**0.5)
            figures["beta"] = _beta(days, values, known.get(BENCHMARK, {}))
            figures["max_drawdown"] = _rounded((1 - values / np.maximum.accumulate(values)).max())
    return figures


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


def _beta(days: Sequence[date], values: Floats, market: Mapping[date, float]) -> Decimal | None:
    """Return the beta over the days that SPY has a close for."""
    closes = np.array(_carried(market, days))
    both = ~np.isnan(closes)
    if both.sum() < MIN_HISTORY_DAYS:
        return None
    covariance = np.cov(_returns(values[both]), _returns(closes[both]))
    return _rounded(covariance[0, 1] / covariance[1, 1]) if covariance[1, 1] > 0 else None


def _returns(values: Floats) -> Floats:
    """Return the change from each value to the next, as a fraction of the first."""
    returns: Floats = values[1:] / values[:-1] - 1
    return returns


def _rounded(figure: Any) -> Decimal | None:
    return _ratio(Decimal(float(figure))) if abs(figure) < BOUND else None


def _money(figure: float) -> Decimal | None:
    return EXACT.quantize(Decimal(figure), CENTS) if abs(figure) < BOUND else None


def _ratio(figure: Decimal) -> Decimal:
    rounded = EXACT.quantize(figure, RATIO)
    return rounded or abs(rounded)
