"""The figures from history once more, in plain Python and with its own statistics."""

import math
import statistics
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise


def aligned(closes: Mapping[str, Mapping[date, float]]) -> list[tuple[date, dict[str, float]]]:
    """Return the days on which all have a close not older than five days, with these closes."""
    found = []
    for day in sorted({day for series in closes.values() for day in series}):
        row = {}
        for symbol, series in closes.items():
            for age in range(6):
                if (close := series.get(day - timedelta(days=age))) is not None:
                    row[symbol] = close
                    break
        if len(row) == len(closes):
            found.append((day, row))
    return found


def returns(values: Sequence[float]) -> list[float]:
    return [later / former - 1 for former, later in pairwise(values)]


def volatility(values: Sequence[float]) -> float:
    return statistics.stdev(returns(values)) * math.sqrt(252)


def beta(values: Sequence[float], market: Sequence[float]) -> float:
    of_market = returns(market)
    return statistics.covariance(returns(values), of_market) / statistics.variance(of_market)


def drawdown(values: Sequence[float]) -> float:
    return max(1 - value / max(values[: place + 1]) for place, value in enumerate(values))


def value_at_risk(values: Sequence[float]) -> float:
    changes = [later - former for former, later in pairwise(values)]
    return max(0.0, -statistics.quantiles(changes, n=20, method="inclusive")[0])
