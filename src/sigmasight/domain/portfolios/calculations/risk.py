"""Where a portfolio's risk comes from: contributions, sensitivities and rolling volatility.

Contributions are by Euler's rule, so that they add up (Tasche, 1999): to the volatility of the
book's gains in money, a position adds the covariance of its gains with the book's over that
volatility; to the expected shortfall, its mean loss on the book's worst days.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sigmasight.domain.kernel import Transaction, UserId, atomic
from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.analytics.returns import TRADING_DAYS
from sigmasight.domain.portfolios.analytics.volatility import MONTH, QUARTER, rolling_volatility
from sigmasight.domain.portfolios.calculations.exposures import Exposure, exposures_of
from sigmasight.domain.portfolios.calculations.historical import Simulation, simulate
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.portfolio import PortfolioId


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """In the portfolio's currency; short positions have the opposite signs of long ones."""

    delta: float = 0.0
    """What a return of 1 of the underlying adds to the value: the exposure."""
    gamma: float = 0.0
    """The change of `delta` with a move of 1 % of the underlying."""
    theta: float = 0.0
    """The change of value of a calendar day that passes."""
    vega: float = 0.0
    """The change of value of a point of volatility."""

    def __add__(self, other: "Sensitivities") -> "Sensitivities":
        return Sensitivities(
            self.delta + other.delta,
            self.gamma + other.gamma,
            self.theta + other.theta,
            self.vega + other.vega,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRisk:
    exposure: Exposure
    sensitivities: Sensitivities
    volatility: float | None
    """What it adds to the book's annual volatility, in money; None without a history."""
    expected_shortfall: float | None
    """What it adds to the book's expected shortfall of a day, in money."""


@dataclass(frozen=True, slots=True)
class RollingVolatility:
    """Annualized fractions; None before there are as many returns."""

    day: date
    of_21_days: float
    of_63_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    as_of: date
    simulation: Simulation
    positions: Sequence[PositionRisk]
    """Those that are not cash, in the order of the positions."""
    sensitivities: Sensitivities
    rolling: Sequence[RollingVolatility]


@dataclass(frozen=True, slots=True)
class ReadRisk:
    """Compute where the risk of the caller's portfolio comes from, at the latest prices."""

    books: Books
    transaction: Transaction

    @atomic
    async def _book(self, portfolio: PortfolioId, by: UserId) -> Book:
        return await self.books.read(portfolio, by)

    async def __call__(self, portfolio: PortfolioId, *, by: UserId) -> Risk:
        """Raise PortfolioNotFoundError."""
        return await asyncio.to_thread(risk_of, await self._book(portfolio, by))


def risk_of(book: Book) -> Risk:
    """Return the risk of a single portfolio's book."""
    [portfolio] = book.portfolios
    exposures = list(exposures_of(book.exposed, book.history, book.day, book.risk_free_rate))
    with np.errstate(all="ignore"):  # figures that are not finite are left out in responses
        simulation = simulate(
            exposures,
            cash=float(total(each.worth for each in book.positions if each.is_cash)),
            equity=portfolio.terms.equity_balance,
            closes=book.history.closes,
            priced_on=book.day if book.latest else None,
        )
        volatilities, shortfalls = _contributions(simulation)
        rolling = _rolling(simulation)
    contributed = {
        exposure.position.id: parts
        for exposure, *parts in zip(simulation.covered, volatilities, shortfalls, strict=True)
    }
    positions = [
        PositionRisk(
            exposure=each,
            sensitivities=_sensitivities(each),
            volatility=(parts := contributed.get(each.position.id, (None, None)))[0],
            expected_shortfall=parts[1],
        )
        for each in exposures
    ]
    return Risk(
        as_of=book.day,
        simulation=simulation,
        positions=positions,
        sensitivities=sum((each.sensitivities for each in positions), Sensitivities()),
        rolling=rolling,
    )


def _contributions(
    simulation: Simulation,
) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Return what each covered position adds to the volatility and to the expected shortfall."""
    unknown: Sequence[None] = [None] * len(simulation.covered)
    if not simulation.has_figures:
        return unknown, unknown
    deviations = simulation.gains - simulation.gains.mean(axis=1, keepdims=True)
    book = deviations.sum(axis=0)
    spread = float(np.sqrt(book @ book))
    scale = np.sqrt(TRADING_DAYS / (len(book) - 1))
    volatilities = deviations @ book / spread * scale if spread else np.zeros(len(deviations))
    return volatilities.tolist(), (-(simulation.gains @ simulation.tail)).tolist()


def _sensitivities(exposure: Exposure) -> Sensitivities:
    model, delta = exposure.option, float(exposure.amount)
    if model is None:
        return Sensitivities(delta)
    shares = exposure.shares
    return Sensitivities(
        delta=delta,
        gamma=shares * model.gamma * model.spot * model.spot / 100,
        theta=shares * model.theta,
        vega=shares * model.vega,
    )


def _rolling(simulation: Simulation) -> Sequence[RollingVolatility]:
    returns = simulation.returns
    if len(returns) < MONTH:
        return []
    month = rolling_volatility(returns, MONTH).tolist()
    missing = [None] * (QUARTER - MONTH)
    quarter = rolling_volatility(returns, QUARTER).tolist() if len(returns) >= QUARTER else []
    padded = [*missing, *quarter, *[None] * len(month)][: len(month)]
    days = simulation.days[MONTH - 1 :]
    return [RollingVolatility(*each) for each in zip(days, month, padded, strict=True)]
