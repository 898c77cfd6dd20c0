"""Delta and gamma of an option, by Black and Scholes (1973).

The volatility is that of the underlying's closes in the last year, the interest rate is
`RISK_FREE_RATE`, and dividends are left out.
"""

from dataclasses import dataclass
from datetime import date
from math import erf, exp, log, pi, sqrt
from typing import Final

from sigmasight.domain.portfolios.positions import Position, PositionType

RISK_FREE_RATE: Final = 0.04
YEAR: Final = 365.0
CALLS: Final = {PositionType.LC, PositionType.SC}


@dataclass(frozen=True, slots=True)
class Greeks:
    """Of one long option on one share."""

    delta: float
    gamma: float


def greeks(position: Position, *, spot: float, volatility: float, day: date) -> Greeks | None:
    """Return an option's greeks; None without a strike price or an expiration date.

    On the last day and after it, delta is 1 or 0 times the sign, and gamma 0.
    """
    if position.strike_price is None or position.expiration_date is None:
        return None
    strike, is_call = float(position.strike_price), position.position_type in CALLS
    years = (position.expiration_date - day).days / YEAR
    if years <= 0 or strike <= 0:
        in_the_money = spot > strike if is_call else spot < strike
        return Greeks((1.0 if is_call else -1.0) * in_the_money, 0.0)
    deviation = volatility * sqrt(years)
    d1 = (log(spot / strike) + (RISK_FREE_RATE + volatility**2 / 2) * years) / deviation
    delta = (1 + erf(d1 / sqrt(2))) / 2
    density = exp(-(d1**2) / 2) / sqrt(2 * pi)
    return Greeks(delta if is_call else delta - 1, density / (spot * deviation))
