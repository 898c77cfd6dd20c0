"""Where a portfolio's risk comes from, and what it has gained, over HTTP."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Annotated, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.analytics.options import OptionModel
from sigmasight.domain.portfolios.analytics.performance import Month, Performance
from sigmasight.domain.portfolios.analytics.use_cases import ReadPerformance
from sigmasight.domain.portfolios.calculations.risk import (
    PositionRisk,
    ReadRisk,
    Risk,
    Sensitivities,
)
from sigmasight.domain.portfolios.money import CENTS, EXACT
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.decimals import decimal_string, plain_decimal
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get

RATIO: Final = Decimal("0.000001")
ZERO: Final = Decimal("0.00")

Months = Annotated[
    int, QueryParameter(ge=1, le=60, description="How many, the present one included.")
]


class SensitivitiesView(msgspec.Struct, frozen=True):
    """Money: for a return of 1 of the underlying, a move of 1 %, a day, a point of volatility."""

    delta: Decimal
    gamma: Decimal
    theta: Decimal
    vega: Decimal


class OptionModelView(msgspec.Struct, frozen=True):
    """Of a long option on one share, by Black and Scholes."""

    value: Decimal
    delta: Decimal
    gamma: Decimal
    theta: Decimal
    vega: Decimal
    spot: Decimal
    volatility: Decimal
    is_implied: bool
    """Whether the volatility is implied; otherwise it is the underlying's own of the last year."""
    risk_free_rate: Decimal


class PositionRiskView(msgspec.Struct, frozen=True):
    """Contributions are null of what has too short a history of prices."""

    position_id: UUID
    symbol: str
    exposure: Decimal
    volatility_contribution: Decimal | None
    expected_shortfall_contribution: Decimal | None
    sensitivities: SensitivitiesView
    option: OptionModelView | None


class RollingVolatilityView(msgspec.Struct, frozen=True):
    date: date
    volatility_21d: Decimal
    volatility_63d: Decimal | None


class RiskView(msgspec.Struct, frozen=True):
    """The contributions add up to the totals, which are null without enough price history.

    `volatility` is a year's in money, `expected_shortfall` a day's at 95 %. Rolling volatilities
    are annualized fractions of the equity.
    """

    portfolio_id: UUID
    as_of: date
    volatility: Decimal | None
    expected_shortfall: Decimal | None
    coverage: Decimal | None
    sensitivities: SensitivitiesView
    positions: list[PositionRiskView]
    rolling_volatility: list[RollingVolatilityView]


class MonthView(msgspec.Struct, frozen=True):
    """`unrealized_pnl` is that at the month's end; `gain` is of all holdings, realized or not."""

    month: str
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    gain: Decimal
    net_contributions: Decimal
    time_weighted_return: Decimal | None


class PerformanceView(msgspec.Struct, frozen=True):
    """Money in the portfolio's currency; returns as fractions, net of contributions."""

    portfolio_id: UUID
    months: list[MonthView]
    time_weighted_return: Decimal | None
    realized_without_date: Decimal
    without_prices: int


class PortfolioRiskController(Controller):
    path = "/portfolios/{portfolio_id:uuid}"
    tags = ["Portfolios"]

    @get("/risk", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_risk(
        self, portfolio_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadRisk]
    ) -> RiskView:
        """Read what each position adds to the risk, and the sensitivities of options."""
        return _risk(portfolio_id, await read(PortfolioId(portfolio_id), by=user.id))

    @get("/performance", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_performance(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadPerformance],
        months: Months = 12,
    ) -> PerformanceView:
        """Read what a portfolio has gained by month, and its time-weighted return."""
        found = await read(PortfolioId(portfolio_id), months=months, by=user.id)
        return _performance(portfolio_id, found)


def _risk(portfolio_id: UUID, risk: Risk) -> RiskView:
    volatility, of_volatility = _apportioned(each.volatility for each in risk.positions)
    shortfall, of_shortfall = _apportioned(each.expected_shortfall for each in risk.positions)
    coverage = risk.simulation.coverage
    return RiskView(
        portfolio_id=portfolio_id,
        as_of=risk.as_of,
        volatility=volatility,
        expected_shortfall=shortfall,
        coverage=None if coverage is None else _ratio(coverage),
        sensitivities=_sensitivities(risk.sensitivities),
        positions=[
            _position(each, *parts)
            for each, *parts in zip(risk.positions, of_volatility, of_shortfall, strict=True)
        ],
        rolling_volatility=[
            RollingVolatilityView(
                date=each.day,
                volatility_21d=_ratio(each.of_21_days),
                volatility_63d=None if each.of_63_days is None else _ratio(each.of_63_days),
            )
            for each in risk.rolling
        ],
    )


def _position(
    risk: PositionRisk, volatility: Decimal | None, expected_shortfall: Decimal | None
) -> PositionRiskView:
    exposure, option = risk.exposure, risk.exposure.option
    return PositionRiskView(
        position_id=exposure.position.id,
        symbol=exposure.position.symbol,
        exposure=decimal_string(exposure.amount),
        volatility_contribution=volatility,
        expected_shortfall_contribution=expected_shortfall,
        sensitivities=_sensitivities(risk.sensitivities),
        option=_option(option) if option else None,
    )


def _sensitivities(found: Sensitivities) -> SensitivitiesView:
    return SensitivitiesView(
        delta=_money(found.delta),
        gamma=_money(found.gamma),
        theta=_money(found.theta),
        vega=_money(found.vega),
    )


def _option(model: OptionModel) -> OptionModelView:
    return OptionModelView(
        value=_ratio(model.value),
        delta=_ratio(model.delta),
        gamma=_ratio(model.gamma),
        theta=_ratio(model.theta),
        vega=_ratio(model.vega),
        spot=_ratio(model.spot),
        volatility=_ratio(model.volatility),
        is_implied=model.is_implied,
        risk_free_rate=_ratio(model.rate),
    )


def _performance(portfolio_id: UUID, found: Performance) -> PerformanceView:
    return PerformanceView(
        portfolio_id=portfolio_id,
        months=[_month(each) for each in found.months],
        time_weighted_return=_optional_ratio(found.time_weighted_return),
        realized_without_date=decimal_string(found.realized_without_date),
        without_prices=found.without_prices,
    )


def _month(month: Month) -> MonthView:
    return MonthView(
        month=f"{month.first_day:%Y-%m}",
        realized_pnl=decimal_string(month.realized_pnl),
        unrealized_pnl=_money(month.unrealized_pnl),
        gain=_money(month.gain),
        net_contributions=decimal_string(month.net_contributions),
        time_weighted_return=_optional_ratio(month.time_weighted_return),
    )


def _apportioned(
    parts: Iterable[float | None],
) -> tuple[Decimal | None, list[Decimal | None]]:
    """Return the sum of the known parts in cents, and the parts rounded so that they add up."""
    rounded = list(_rounded_parts(parts))
    known = [each for each in rounded if each is not None]
    return (sum(known, ZERO) if known else None), rounded


def _rounded_parts(parts: Iterable[float | None]) -> Iterator[Decimal | None]:
    exact, given = 0.0, ZERO
    for part in parts:
        if part is None or not isfinite(part):
            yield None
            continue
        exact += part
        amount = EXACT.subtract(EXACT.quantize(Decimal(exact), CENTS), given)
        given = EXACT.add(given, amount)
        yield plain_decimal(amount)


def _money(figure: float) -> Decimal:
    return plain_decimal(EXACT.quantize(Decimal(figure), CENTS)) if isfinite(figure) else ZERO


def _ratio(figure: float) -> Decimal:
    return plain_decimal(EXACT.quantize(Decimal(figure), RATIO)) if isfinite(figure) else ZERO


def _optional_ratio(figure: float | None) -> Decimal | None:
    return None if figure is None else _ratio(figure)
