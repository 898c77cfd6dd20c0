"""What a portfolio has gained by month, and its time-weighted return.

A day's gain is what each position held gained from close to close: since the entry price on the day
of entry, up to the exit price on the last one. Closes are carried forward; a change as by a split
that is not known is no gain (`splits`). Positions count with
the quantity they have now, or had last: when and at which price a part was sold earlier is not
known. Other currencies are converted at the last rate.

A day's return is its gain over the value at its start, with the day's contributions and without its
withdrawals. The values are those of today going back: less the gains and the net contributions
since. The time-weighted return compounds the days (GIPS, 2020).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from sigmasight.domain.portfolios.analytics.returns import Closes, Floats
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.splits import without_suspected_splits

DAY: Final = timedelta(days=1)

Flows = Mapping[date, Decimal]
"""Net contributions by day; withdrawals are negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Money in the portfolio's currency."""

    first_day: date
    realized_pnl: Decimal
    """Of the positions closed in it."""
    unrealized_pnl: float
    """At its end, of the positions held then whose cost is known."""
    gain: float
    """What the holdings gained, realized or not."""
    net_contributions: Decimal
    time_weighted_return: float | None
    """A fraction; None if the value at the start of a day was not above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    months: Sequence[Month]
    """The oldest first, the present one included."""
    time_weighted_return: float | None
    """Of all months together."""
    realized_without_date: Decimal
    """Realized by sales of parts of open positions, whose days are not known."""
    without_prices: int
    """Number of open positions, without cash, that have neither closes nor a broker's price."""


@dataclass(frozen=True, slots=True)
class PerformanceInput:
    positions: Sequence[Position]
    """Open and closed ones, with their latest prices."""
    closes: Closes
    """Of their symbols, from some days before the first month."""
    flows: Flows
    net_asset_value: float
    """Today's."""


def performance(inputs: PerformanceInput, *, since: date, today: date) -> Performance:
    """Return the months from that which begins on `since` to that of today."""
    days = sorted(_days(inputs, since, today))
    closes = {symbol: without_suspected_splits(each) for symbol, each in inputs.closes.items()}
    valued = [_Valued.of(each, closes, days) for each in inputs.positions]
    gains = sum((each.gains for each in valued), np.zeros(len(days)))
    contributed = np.array([float(inputs.flows.get(day, 0)) for day in days])
    returns = _returns(gains, contributed, inputs.net_asset_value)
    places: defaultdict[date, list[int]] = defaultdict(list)
    for place, day in enumerate(days):
        places[day.replace(day=1)].append(place)
    return Performance(
        months=[
            Month(
                first_day=first_day,
                realized_pnl=total(
                    each.converted(each.realized_pnl)
                    for each in inputs.positions
                    if each.exit_date and each.exit_date.replace(day=1) == first_day
                ),
                unrealized_pnl=float(sum(each.unrealized[own[-1]] for each in valued)),
                gain=float(gains[own].sum()),
                net_contributions=total(
                    inputs.flows[days[place]] for place in own if days[place] in inputs.flows
                ),
                time_weighted_return=_compounded([returns[place] for place in own]),
            )
            for first_day, own in places.items()
        ],
        time_weighted_return=_compounded(returns),
        realized_without_date=total(
            each.converted(each.realized_pnl) for each in inputs.positions if each.is_open
        ),
        without_prices=sum(
            each.is_open and not each.is_cash and each.last_price is None
            for each in inputs.positions
        ),
    )


@dataclass(frozen=True, slots=True)
class _Valued:
    """A position's daily gains and unrealized result, in the portfolio's currency."""

    gains: Floats
    unrealized: Floats

    @classmethod
    def of(cls, position: Position, closes: Closes, days: Sequence[date]) -> "_Valued":
        units = float(position.converted(position.quantity * position.multiplier))
        prices = _prices(position, closes.get(position.symbol, {}), [days[0] - DAY, *days])
        gains = np.nan_to_num(units * np.diff(prices))
        entry = np.nan if position.entry_price is None else float(position.entry_price)
        is_held = np.array(
            [
                position.entry_date <= day
                and (position.exit_date is None or day < position.exit_date)
                for day in days
            ]
        )
        return cls(gains, np.nan_to_num(units * (prices[1:] - entry)) * is_held)


def _prices(position: Position, closes: Mapping[date, float], days: Sequence[date]) -> Floats:
    """Return a position's price at the end of each day, NaN without any price up to then.

    It is the entry price before the entry, and the exit price from the exit on.
    """
    entry, last = position.entry_date, position.exit_date
    until = last or date.max
    known = {day: close for day, close in closes.items() if entry <= day < until}
    if position.is_open and position.price_date and position.last_price is not None:
        known.setdefault(max(position.price_date, entry), float(position.last_price))
    if position.entry_price is not None and entry > days[0]:
        known[days[0]] = float(position.entry_price)
    if last and position.exit_price is not None:
        known[last] = float(position.exit_price)
    ordered = sorted(known)
    places = np.searchsorted(
        np.array([day.toordinal() for day in ordered], np.int64),
        [day.toordinal() for day in days],
        side="right",
    )
    prices: Floats = np.array([np.nan, *(known[day] for day in ordered)])[places]
    return prices


def _days(inputs: PerformanceInput, since: date, today: date) -> set[date]:
    """Return the days on which anything changes, today, and the first one of each month."""
    days = set(inputs.flows).union(*inputs.closes.values())
    for each in inputs.positions:
        days |= {day for day in (each.entry_date, each.exit_date, each.price_date) if day}
    months = range(since.year * 12 + since.month - 1, today.year * 12 + today.month)
    firsts = {date(month // 12, month % 12 + 1, 1) for month in months}
    return {day for day in days if since <= day <= today} | firsts | {today}


def _returns(gains: Floats, contributed: Floats, net_asset_value: float) -> Sequence[float | None]:
    """Return each day's return, from the value of today going back."""
    values = net_asset_value - np.cumsum((gains + contributed)[::-1])[::-1]
    invested = values + contributed
    return [
        float(gain / base) if base > 0 else None if gain else 0.0
        for gain, base in zip(gains.tolist(), invested.tolist(), strict=True)
    ]


def _compounded(returns: Sequence[float | None]) -> float | None:
    known = [each for each in returns if each is not None]
    return float(np.prod(1 + np.array(known)) - 1) if len(known) == len(returns) else None
