"""A portfolio's metrics, from positions and prices.

Cash is the positions of subtype CASH, MONEY_MARKET and TREASURY_BILLS: it counts in the market
value, not in exposure. Exposures are market values at the latest price, else at the entry price; of
an option, delta times the value of its underlying shares, where that has prices. What is short is
negative. Weights are shares of gross exposure, by symbol.

The figures from history are those of `historical`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from sigmasight.domain.portfolios.analytics.options import NO_INTEREST, RiskFreeRate
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.calculations.exposures import Exposure, exposures_of
from sigmasight.domain.portfolios.calculations.historical import Simulation, simulate
from sigmasight.domain.portfolios.calculations.reliability import reliability
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.money import CENTS, EXACT, product, total, written
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.splits import is_suspected_split

RATIO: Final = Decimal("0.000001")
MAX_SUSPECTED_SPLITS: Final = 20
"""How many a snapshot names."""
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
    equity: Decimal | None = None
    """The stated equity of the portfolio, if any."""
    risk_free_rate: RiskFreeRate = NO_INTEREST


class _FromHistory(TypedDict):
    volatility: Decimal | None
    beta: Decimal | None
    max_drawdown: Decimal | None
    value_at_risk: Decimal | None
    expected_shortfall: Decimal | None


class _LastDay(TypedDict):
    daily_pnl: Decimal | None
    daily_return: Decimal | None


def calculate_snapshot(inputs: CalculationInput, *, at: datetime) -> Snapshot:
    """Return the snapshot; every portfolio has one."""
    held = [position for position in inputs.positions if position.is_open]
    worth = total(each.worth for each in held)
    exposed = [position for position in held if not position.is_cash]
    cash = total(position.worth for position in held if position.is_cash)
    exposures = list(
        exposures_of(exposed, History(inputs.closes), inputs.priced_on, inputs.risk_free_rate)
    )
    long = total(each.amount for each in exposures if each.amount > 0)
    short = total(each.amount for each in exposures if each.amount < 0)
    gross = EXACT.subtract(long, short)
    weights = _weights(exposures, gross)
    with np.errstate(all="ignore"):  # what overflows is left out when it is rounded
        history = simulate(
            exposures,
            cash=float(cash),
            equity=inputs.equity,
            closes=inputs.closes,
            priced_on=inputs.priced_on,
        )
        from_history = _from_history(history)
    largest = min(weights, key=lambda symbol: (-weights[symbol], symbol), default=None)
    return Snapshot(
        portfolio_id=inputs.portfolio_id,
        as_of=inputs.priced_on or at.date(),
        calculated_at=at,
        market_value=written(worth),
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
        **reliability(held, at.date()),
        **_last_day(exposed, worth, inputs),
        **from_history,
        history_days=history.history_days,
        without_history=history.without_history,
        coverage=_rounded(history.coverage),
        suspected_splits=tuple(history.suspected_splits[:MAX_SUSPECTED_SPLITS]),
    )


def _from_history(simulation: Simulation) -> _FromHistory:
    return _FromHistory(
        volatility=_rounded(simulation.volatility),
        beta=_rounded(simulation.beta),
        max_drawdown=_rounded(simulation.max_drawdown),
        value_at_risk=_money(simulation.value_at_risk),
        expected_shortfall=_money(simulation.expected_shortfall),
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
            if is_suspected_split(closes[days[0]], closes[days[1]]):
                continue
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


def _weights(exposures: Sequence[Exposure], gross: Decimal) -> Mapping[str, Decimal]:
    """Return each symbol's share of gross exposure; empty without exposure."""
    sizes: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in exposures:
        symbol = each.position.symbol
        sizes[symbol] = EXACT.add(sizes[symbol], each.amount.copy_abs())
    return {symbol: EXACT.divide(size, gross) for symbol, size in sizes.items() if gross}


def _rounded(figure: float | None) -> Decimal | None:
    is_finite = figure is not None and abs(figure) < BOUND
    return _ratio(Decimal(figure)) if is_finite and figure is not None else None


def _money(figure: float | None) -> Decimal | None:
    is_finite = figure is not None and abs(figure) < BOUND
    return EXACT.quantize(Decimal(figure), CENTS) if is_finite and figure is not None else None


def _ratio(figure: Decimal) -> Decimal:
    rounded = EXACT.quantize(figure, RATIO)
    return rounded or abs(rounded)
