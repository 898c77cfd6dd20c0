"""A snapshot once more, in plain loops and floats, independent of the calculation."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import NormalDist
from typing import Any

from sigmasight.domain.portfolios.positions import InvestmentClass, Position, PositionType
from tests.unit.domain.portfolios.calculations import reference_calculation

YEAR = timedelta(days=365)
CASH = ("CASH", "MONEY_MARKET", "TREASURY_BILLS")
CALLS = (PositionType.LC, PositionType.SC)
Option = Mapping[str, Any]
Part = tuple[Position, float, Option | None]
"""A position, its exposure, and its terms if it is an option."""
Closes = Mapping[str, Mapping[date, float]]


def units(position: Position) -> float:
    """Return quantity times multiplier times the rate to the portfolio's currency."""
    rate = position.exchange_rate
    return float(position.quantity) * float(position.multiplier) * float(rate or 0)


def price(position: Position) -> float:
    found = position.entry_price if position.last_price is None else position.last_price
    return float(found or 0)


def value(position: Position) -> float:
    return units(position) * price(position)


def option_value(spot: float, option: Option) -> float:
    """Return the value of an option by Black and Scholes."""
    normal, strike, rate = NormalDist(), option["strike"], option["rate"]
    years, volatility = option["years"], option["volatility"]
    deviation = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate + volatility**2 / 2) * years) / deviation
    d2 = d1 - deviation
    paid = strike * math.exp(-rate * years)
    call: float = spot * normal.cdf(d1) - paid * normal.cdf(d2)
    return call if option["is_call"] else call - spot + paid


def option_delta(spot: float, option: Option) -> float:
    deviation = option["volatility"] * math.sqrt(option["years"])
    drift = (option["rate"] + option["volatility"] ** 2 / 2) * option["years"]
    delta = NormalDist().cdf((math.log(spot / option["strike"]) + drift) / deviation)
    return delta if option["is_call"] else delta - 1


def option_of(position: Position, closes: Closes, day: date, rate: float) -> dict[str, Any] | None:
    """Return the terms of an option whose underlying has closes."""
    series = closes.get(position.underlying_symbol or "", {})
    if position.investment_class is not InvestmentClass.OPTIONS or not series:
        return None
    assert position.expiration_date
    recent = [close for on, close in sorted(series.items()) if on >= max(series) - YEAR]
    changes = reference_calculation.returns(recent)
    mean = sum(changes) / len(changes)
    spread = sum((each - mean) ** 2 for each in changes) / (len(changes) - 1)
    implied = position.implied_volatility
    return {
        "strike": float(position.strike_price or 0),
        "years": (position.expiration_date - day).days / 365,
        "spot": series[max(series)],
        "volatility": float(implied) if implied else math.sqrt(spread * 252),
        "is_call": position.position_type in CALLS,
        "rate": rate,
        "symbol": position.underlying_symbol,
    }


def naive_snapshot(
    positions: Sequence[Position], closes: Closes, *, equity: float | None, rate: float
) -> dict[str, Any]:
    """Return every figure of a snapshot by its name, unrounded; None is not available."""
    day = max(max(days) for symbol, days in closes.items() if symbol != "SPY")
    held = [each for each in positions if each.exit_date is None]
    exposed = [each for each in held if each.investment_subtype not in CASH]
    cash = sum(value(each) for each in held if each.investment_subtype in CASH)
    options = [option_of(each, closes, day, rate) for each in exposed]
    amounts = [
        round(units(each) * option_delta(option["spot"], option) * option["spot"], 2)
        if option
        else value(each)
        for each, option in zip(exposed, options, strict=True)
    ]
    parts = list(zip(exposed, amounts, options, strict=True))
    gross = sum(abs(amount) for amount in amounts)
    sizes: dict[str, float] = {}
    for each, amount in zip(exposed, amounts, strict=True):
        sizes[each.symbol] = sizes.get(each.symbol, 0.0) + abs(amount)
    costs = [each for each in held if each.entry_price is not None]
    worth = sum(abs(value(each)) for each in held)
    return {
        "market_value": sum(value(each) for each in held),
        "unrealized_pnl": sum(
            units(each) * (price(each) - float(each.entry_price or 0)) for each in costs
        ),
        "realized_pnl": sum(
            float(each.realized_pnl or 0) * float(each.exchange_rate or 0) for each in positions
        ),
        "gross_exposure": gross,
        "net_exposure": sum(amounts),
        "long_exposure": sum(amount for amount in amounts if amount > 0),
        "short_exposure": sum(amount for amount in amounts if amount < 0),
        "cash": cash,
        "largest_weight": max(sizes.values()) / gross,
        "concentration": sum((size / gross) ** 2 for size in sizes.values()),
        "cost_known_share": sum(abs(value(each)) for each in costs) / worth,
        **_last_day(exposed, closes, sum(value(each) for each in held)),
        **_from_history(parts, closes, day, cash=cash, equity=equity),
    }


def _last_day(exposed: Sequence[Position], closes: Closes, worth: float) -> dict[str, float]:
    gained = 0.0
    for each in exposed:
        series = closes.get(each.symbol, {})
        last = sorted(series)[-2:]
        if len(last) == 2:
            gained += units(each) * (series[last[1]] - series[last[0]])
    return {"daily_pnl": gained, "daily_return": gained / (worth - gained)}


def _from_history(
    held: Sequence[Part], closes: Closes, day: date, *, cash: float, equity: float | None
) -> dict[str, Any]:
    recent = {
        symbol: {on: close for on, close in series.items() if on >= day - YEAR}
        for symbol, series in closes.items()
    }
    own = [
        (each, amount, option)
        for each, amount, option in held
        if len(recent.get(option["symbol"] if option else each.symbol, {})) >= 60
    ]
    symbols = {option["symbol"] if option else each.symbol for each, _, option in own}
    rows = reference_calculation.aligned({symbol: recent[symbol] for symbol in sorted(symbols)})
    gained, of_each = [], [0.0] * len(own)
    history: list[list[float]] = []
    for (_, former), (_, later) in pairwise(rows):
        parts = []
        for each, amount, option in own:
            symbol = option["symbol"] if option else each.symbol
            change = later[symbol] / former[symbol] - 1
            if option:
                moved = option_value(option["spot"] * (1 + change), option)
                parts.append(units(each) * (moved - option_value(option["spot"], option)))
            else:
                parts.append(amount * change)
        history.append(parts)
        gained.append(sum(parts))
    coverage = sum(abs(amount) for _, amount, _ in own) / sum(abs(amount) for _, amount, _ in held)
    base = equity * coverage if equity else sum(value(each) for each, _, _ in own) + cash
    spread = reference_calculation.volatility(gained, 1.0)
    mean = sum(gained) / len(gained)
    for place in range(len(own)):
        column = [parts[place] for parts in history]
        average = sum(column) / len(column)
        products = zip(column, gained, strict=True)
        covariance = sum((part - average) * (whole - mean) for part, whole in products)
        of_each[place] = covariance / (len(gained) - 1) * 252 / spread
    return {
        "volatility": reference_calculation.volatility(gained, base),
        "beta": reference_calculation.beta(gained, base, [closes["SPY"][on] for on, _ in rows]),
        "max_drawdown": reference_calculation.drawdown(gained, base),
        "value_at_risk": reference_calculation.value_at_risk(gained),
        "expected_shortfall": reference_calculation.expected_shortfall(gained),
        "coverage": coverage,
        "history_days": len(rows),
        "contributions": of_each,
    }
