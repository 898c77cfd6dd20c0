"""Fundamentals over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, QueryParameter

from sigmasight.domain.research.fundamentals import (
    Frequency,
    FundamentalsNotFoundError,
    ReadFundamentals,
    Report,
    Statement,
)
from sigmasight.entrypoints.http.dependency_injection import inject
from sigmasight.entrypoints.http.guards import Access, requires
from sigmasight.entrypoints.http.route_handlers import get

Periods = Annotated[int, QueryParameter(ge=1, le=20)]


class StatementView(msgspec.Struct, frozen=True):
    """Periods, the latest first: each with its dates and, beside them, its figures as texts."""

    symbol: str
    frequency: Frequency
    currency: str
    periods: list[dict[str, Any]]
    periods_returned: int


class EstimatesView(msgspec.Struct, frozen=True):
    symbol: str
    estimates: dict[str, Any]


READING = requires(Access.SIGNED_IN, FundamentalsNotFoundError, parameters=True)


class FundamentalsController(Controller):
    path = "/fundamentals/{symbol:str}"
    tags = ["Fundamentals"]

    @get("/income-statement", **READING)
    @inject
    async def read_income_statement(
        self,
        symbol: FromPath[str],
        read: FromDishka[ReadFundamentals],
        periods: Periods = 4,
        frequency: FromQuery[Frequency] = Frequency.QUARTERLY,
    ) -> StatementView:
        """Read what a company earned in its latest periods."""
        return _view(await read.statements(symbol, Statement.INCOME, frequency, periods=periods))

    @get("/balance-sheet", **READING)
    @inject
    async def read_balance_sheet(
        self,
        symbol: FromPath[str],
        read: FromDishka[ReadFundamentals],
        periods: Periods = 4,
        frequency: FromQuery[Frequency] = Frequency.QUARTERLY,
    ) -> StatementView:
        """Read what a company had and owed at the end of its latest periods."""
        return _view(await read.statements(symbol, Statement.BALANCE, frequency, periods=periods))

    @get("/cash-flow", **READING)
    @inject
    async def read_cash_flow(
        self,
        symbol: FromPath[str],
        read: FromDishka[ReadFundamentals],
        periods: Periods = 4,
        frequency: FromQuery[Frequency] = Frequency.QUARTERLY,
    ) -> StatementView:
        """Read what a company took in and paid in its latest periods."""
        return _view(await read.statements(symbol, Statement.CASH_FLOW, frequency, periods=periods))

    @get("/analyst-estimates", **READING)
    @inject
    async def read_estimates(
        self,
        symbol: FromPath[str],
        read: FromDishka[ReadFundamentals],
    ) -> EstimatesView:
        """Read what analysts expect of a company."""
        report = await read.estimates(symbol)
        return EstimatesView(report.symbol, dict(report.figures))


def _view(reports: Sequence[Report]) -> StatementView:
    latest = reports[0]
    return StatementView(
        symbol=latest.symbol,
        frequency=latest.frequency,
        currency=latest.currency,
        periods=[_period(each) for each in reports],
        periods_returned=len(reports),
    )


def _period(report: Report) -> dict[str, object]:
    return {
        **report.figures,
        "period_date": report.period_date,
        "frequency": report.frequency,
        "fiscal_year": report.fiscal_year,
        "fiscal_quarter": report.fiscal_quarter,
    }
