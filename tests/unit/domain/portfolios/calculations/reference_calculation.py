"""The figures from history once more, in plain loops and with the standard library's statistics."""

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


def gains(rows: Sequence[Mapping[str, float]], worth: Mapping[str, float]) -> list[float]:
    """Return what today's holdings would have gained from each day to the next."""
    return [
        sum(value * (later[symbol] / former[symbol] - 1) for symbol, value in worth.items())
        for former, later in pairwise(rows)
    ]


def volatility(gained: Sequence[float], equity: float) -> float:
    return statistics.stdev(gain / equity for gain in gained) * math.sqrt(252)


def beta(gained: Sequence[float], equity: float, market: Sequence[float]) -> float:
    of_market = returns(market)
    own = [gain / equity for gain in gained]
    return statistics.covariance(own, of_market) / statistics.variance(of_market)


def drawdown(gained: Sequence[float], equity: float) -> float:
    worth = peak = 1.0
    deepest = 0.0
    for gain in gained:
        worth *= 1 + gain / equity
        peak = max(peak, worth)
        deepest = max(deepest, 1 - worth / peak)
    return deepest


def value_at_risk(gained: Sequence[float]) -> float:
    return max(0.0, -statistics.quantiles(gained, n=20, method="inclusive")[0])


def expected_shortfall(gained: Sequence[float]) -> float:
    """Return the mean of the worst twentieth, of which the last day may count in part."""
    left = len(gained) / 20
    lost = 0.0
    for gain in sorted(gained):
        part = min(left, 1.0)
        lost -= part * gain
        left -= part
    return max(0.0, lost / (len(gained) / 20))
