"""Value and sensitivities of an option, by Black and Scholes (1973).

The volatility is the implied one that came with the option's last close or, without one, that of
the underlying's closes in the last year. The interest rate is a setting; dividends are left out.
The formulas of the sensitivities are those of Hull, Options, Futures, and Other Derivatives.
"""

from dataclasses import dataclass
from datetime import date
from math import erf, exp, log, pi, sqrt
from typing import Final, NewType

import numpy as np

from sigmasight.domain.portfolios.analytics.returns import Floats, History, annual_volatility
from sigmasight.domain.portfolios.positions import Position, PositionType

RiskFreeRate = NewType("RiskFreeRate", float)
"""A year's interest rate, continuously compounded, as a fraction."""
NO_INTEREST: Final = RiskFreeRate(0.0)

POINT: Final = 0.01
"""Of volatility."""
YEAR: Final = 365.0
CALLS: Final = {PositionType.LC, PositionType.SC}
NORMAL: Final = np.vectorize(lambda x: (1 + erf(x / sqrt(2))) / 2, otypes=[np.float64])
"""The cumulative distribution of the standard normal."""


@dataclass(frozen=True, slots=True)
class OptionModel:
    """A long option on one share, on a day, at a price and a volatility of its underlying."""

    is_call: bool
    strike: float
    years: float
    spot: float
    volatility: float
    rate: float = 0.0
    is_implied: bool = False
    """Whether the volatility is implied; otherwise it is the underlying's own."""

    @classmethod
    def of(
        cls,
        position: Position,
        *,
        history: History,
        day: date,
        rate: RiskFreeRate = NO_INTEREST,
    ) -> "OptionModel | None":
        """Return an option's model; None without its terms, closes of its underlying, or time."""
        symbol = position.underlying_symbol or ""
        spot, implied = history.last(symbol), position.implied_volatility
        volatility = float(implied) if implied else annual_volatility(history, symbol)
        strike, expires = position.strike_price, position.expiration_date
        if not (spot and volatility and strike) or expires is None or expires < day:
            return None
        return cls(
            is_call=position.position_type in CALLS,
            strike=float(strike),
            years=(expires - day).days / YEAR,
            spot=spot,
            volatility=volatility,
            rate=rate,
            is_implied=bool(implied),
        )

    @property
    def value(self) -> float:
        return float(self._values(np.array([self.spot]))[0])

    @property
    def delta(self) -> float:
        """1 or 0 times the sign on the last day and after it."""
        if self.years <= 0:
            in_the_money = self.spot > self.strike if self.is_call else self.spot < self.strike
            return (1.0 if self.is_call else -1.0) * in_the_money
        delta = (1 + erf(self._d1 / sqrt(2))) / 2
        return delta if self.is_call else delta - 1

    @property
    def gamma(self) -> float:
        if self.years <= 0:
            return 0.0
        return self._density / (self.spot * self._deviation)

    @property
    def theta(self) -> float:
        """The change of value of a calendar day that passes."""
        if self.years <= 0:
            return 0.0
        sign = 1.0 if self.is_call else -1.0
        decay = self.spot * self._density * self.volatility / (2 * sqrt(self.years))
        d2 = self._d1 - self._deviation
        discounted = self.strike * exp(-self.rate * self.years)
        interest = sign * self.rate * discounted * (1 + erf(sign * d2 / sqrt(2))) / 2
        return -(decay + interest) / YEAR

    @property
    def vega(self) -> float:
        """The change of value of a point of volatility, from 0.20 to 0.21."""
        if self.years <= 0:
            return 0.0
        return self.spot * self._density * sqrt(self.years) * POINT

    def gains(self, returns: Floats) -> Floats:
        """Return the change of value for each return of the underlying, at once."""
        return self._values(self.spot * (1 + returns)) - self._values(np.array([self.spot]))

    @property
    def _deviation(self) -> float:
        return self.volatility * sqrt(self.years)

    @property
    def _density(self) -> float:
        return exp(-(self._d1**2) / 2) / sqrt(2 * pi)

    @property
    def _d1(self) -> float:
        drift = (self.rate + self.volatility**2 / 2) * self.years
        return (log(self.spot / self.strike) + drift) / self._deviation

    def _values(self, spots: Floats) -> Floats:
        sign = 1.0 if self.is_call else -1.0
        spots = np.maximum(spots, np.finfo(float).tiny)
        if self.years <= 0:
            return np.maximum(sign * (spots - self.strike), 0.0)
        drift = (self.rate + self.volatility**2 / 2) * self.years
        d1 = (np.log(spots / self.strike) + drift) / self._deviation
        discounted = self.strike * exp(-self.rate * self.years)
        values: Floats = sign * (
            spots * NORMAL(sign * d1) - discounted * NORMAL(sign * (d1 - self._deviation))
        )
        return values
