"""Fundamentals over HTTP."""

from typing import Annotated, Any

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, QueryParameter

from sigmasight.domain.research.figures import standardized
from sigmasight.domain.research.fundamentals import (
    Frequency,
    FundamentalsNotFoundError,
    ReadFundamentals,
    Report,
    Statement,
)
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import GuardedHandler, get

Periods = Annotated[int, QueryParameter(ge=1, le=20)]


class StatementView(msgspec.Struct, frozen=True):
    """Periods, latest first: each has its dates and its figures, as text; margins are fractions."""

    symbol: str
    frequency: Frequency
    currency: str
    periods: list[dict[str, Any]]
    periods_returned: int


class EstimatesView(msgspec.Struct, frozen=True):
    symbol: str
    estimates: dict[str, Any]


def _statement_handler(
    path: str, statement: Statement, name: str, description: str
) -> GuardedHandler:
    """Return the handler of one kind of statement; `name` becomes the operation's id."""

    async def read_statement(
        self: Controller,  # noqa: ARG001  Litestar passes it
        symbol: FromPath[str],
        read: FromDishka[ReadFundamentals],
        periods: Periods = 4,
        frequency: FromQuery[Frequency] = Frequency.QUARTERLY,
    ) -> StatementView:
        found = await read.statements(symbol, statement, frequency, periods=periods)
        return StatementView(
            symbol=symbol.strip().upper(),
            frequency=frequency,
            currency=found[0].currency if found else "USD",
            periods=[_period(each) for each in found],
            periods_returned=len(found),
        )

    read_statement.__name__ = name
    read_statement.__doc__ = description
    return get(path, Access.SIGNED_IN, FundamentalsNotFoundError)(read_statement)


class FundamentalsController(Controller):
    path = "/fundamentals/{symbol:str}"
    tags = ["Fundamentals"]

    read_income_statement = _statement_handler(
        "/income-statement",
        Statement.INCOME,
        "read_income_statement",
        "List a company's latest income statements.",
    )
    read_balance_sheet = _statement_handler(
        "/balance-sheet",
        Statement.BALANCE,
        "read_balance_sheet",
        "List a company's latest balance sheets.",
    )
    read_cash_flow = _statement_handler(
        "/cash-flow",
        Statement.CASH_FLOW,
        "read_cash_flow",
        "List a company's latest cash-flow statements.",
    )

    @get("/analyst-estimates", Access.SIGNED_IN, FundamentalsNotFoundError)
    async def read_estimates(
        self, symbol: FromPath[str], read: FromDishka[ReadFundamentals]
    ) -> EstimatesView:
        """Read analysts' estimates for a company."""
        report = await read.estimates(symbol)
        figures = report.figures if report else {}
        return EstimatesView(symbol.strip().upper(), standardized(Statement.ESTIMATES, figures))


def _period(report: Report) -> dict[str, object]:
    return {
        **standardized(report.statement, report.figures),
        "period_date": report.period_date,
        "frequency": report.frequency,
        "fiscal_year": report.fiscal_year or report.period_date.year,
        "fiscal_quarter": report.fiscal_quarter,
    }
