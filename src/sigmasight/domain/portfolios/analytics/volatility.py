"""Realized and expected volatility of what is held now, at today's signed weights."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable
from sigmasight.domain.portfolios.analytics.regression import fit
from sigmasight.domain.portfolios.analytics.returns import (
    TRADING_DAYS,
    YEAR,
    Floats,
    annualized,
)

WEEK, MONTH, QUARTER = 5, 21, 63
MIN_FORECAST_ROWS: Final = 30
DECAY: Final = 0.94
"""Of the exponentially weighted moving average (RiskMetrics, 1996)."""
TREND_PER_DAY: Final = 0.001
TREND_FIT: Final = 0.3


class Trend(StrEnum):
    INCREASING = "increasing"
    DECREASING = "decreasing"
    STABLE = "stable"


class Forecast(StrEnum):
    HAR = "HAR"
    """Heterogeneous autoregressive (Corsi, 2009): on the last day's, week's and month's."""
    EWMA = "EWMA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatility:
    """Annualized; fractions."""

    realized_21d: float
    realized_63d: float
    expected_21d: float
    trend: Trend
    percentile: float
    """The share of the year's rolling 21-day values below the current one."""
    forecast: Forecast
    observations: int
    positions_included: int


def volatility(book: Book) -> Volatility | Unavailable:
    if problem := book.problem:
        return problem
    series, included = joint_returns(book)
    if len(series) < QUARTER:
        return Unavailable(Reason.NOT_ENOUGH_HISTORY)
    rolling = rolling_volatility(series[-TRADING_DAYS:], MONTH)
    expected, forecast = _expected(series)
    return Volatility(
        realized_21d=annualized(series[-MONTH:]),
        realized_63d=annualized(series[-QUARTER:]),
        expected_21d=expected,
        trend=_trend(rolling[-MONTH:]),
        percentile=float((rolling < rolling[-1]).mean()),
        forecast=forecast,
        observations=len(series),
        positions_included=included,
    )


def joint_returns(book: Book) -> tuple[Floats, int]:
    """Return the daily returns of a year on net asset value, and how many positions they have."""
    since = book.day - YEAR
    known = sorted(
        symbol for symbol in book.exposures if len(book.history.returns([symbol], since)) >= QUARTER
    )
    returns = book.history.returns(known, since)
    if not known or len(returns) < QUARTER:
        return np.empty(0), 0
    weights = np.array([book.exposures[symbol] for symbol in known]) / book.net_asset_value
    series: Floats = returns @ weights
    return series, sum(each.symbol in known for each in book.holdings)


def rolling_volatility(series: Floats, window: int) -> Floats:
    """Return the annualized volatility of each window of as many daily returns."""
    windows = np.lib.stride_tricks.sliding_window_view(series, window)
    values: Floats = windows.std(axis=1, ddof=1) * TRADING_DAYS**0.5
    return values


def _trend(rolling: Floats) -> Trend:
    line = fit(rolling, np.arange(len(rolling), dtype=np.float64))
    if line is None or abs(line.slope) <= TREND_PER_DAY or line.r_squared <= TREND_FIT:
        return Trend.STABLE
    return Trend.INCREASING if line.slope > 0 else Trend.DECREASING


def _expected(series: Floats) -> tuple[float, Forecast]:
    daily = np.abs(series) * TRADING_DAYS**0.5
    week, month = rolling_volatility(series, WEEK), rolling_volatility(series, MONTH)
    rows = np.column_stack([np.ones(len(month)), daily[MONTH - 1 :], week[MONTH - WEEK :], month])
    if len(rows) > MIN_FORECAST_ROWS:
        slopes, _, rank, _ = np.linalg.lstsq(rows[:-1], daily[MONTH:], rcond=None)
        if rank == rows.shape[1]:
            return max(float(rows[-1] @ slopes), 0.0), Forecast.HAR
    weights = DECAY ** np.arange(len(series))[::-1]
    variance = float(weights @ series**2 / weights.sum())
    return (variance * TRADING_DAYS) ** 0.5, Forecast.EWMA
