"""The demo's synthetic fundamentals."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from dishka import AsyncContainer, Provider, Scope, make_async_container

from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.maintenance.sample_portfolio import HOLDINGS
from sigmasight.domain.portfolios.positions.classification import InvestmentClass
from sigmasight.domain.research.fundamentals import (
    Frequency,
    Fundamentals,
    ImportFundamentals,
    Report,
    Statement,
)
from sigmasight.domain.research.parsing import reports_of
from sigmasight.entrypoints.local.fundamentals import (
    SOURCE,
    SYNTHETIC,
    import_fundamentals,
    synthetic,
)
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.research import InMemoryFundamentals
from tests.support.fakes.store import InMemoryStore

TODAY = date(2026, 4, 30)


def periods_of(
    statement: Statement, frequency: Frequency, *, symbol: str = "AAPL", today: date = TODAY
) -> list[Report]:
    return [
        report
        for report in reports_of([synthetic(symbol, today)])
        if (report.statement, report.frequency) == (statement, frequency)
    ]


def figures_of(report: Report) -> dict[str, Decimal]:
    reported: dict[str, Any] = {**report.figures}
    assert reported.pop("source") == SOURCE
    return {name: Decimal(figure) for name, figure in reported.items()}


def test_every_company_held_in_the_demo_has_fundamentals() -> None:
    companies = {
        draft.symbol
        for draft in HOLDINGS
        if draft.investment_class is InvestmentClass.PUBLIC and draft.investment_subtype == "STOCK"
    }

    assert SYNTHETIC.keys() == companies


@pytest.mark.parametrize(
    ("today", "latest"),
    [
        (date(2026, 4, 29), "2025-12-31"),
        (date(2026, 5, 1), "2026-03-31"),
        (date(2026, 1, 15), "2025-09-30"),
        (date(2026, 1, 31), "2025-12-31"),
    ],
)
def test_a_quarter_is_reported_a_month_after_its_end(today: date, latest: str) -> None:
    quarters = periods_of(Statement.INCOME, Frequency.QUARTERLY, today=today)

    assert len({report.period_date for report in quarters}) == 8
    assert f"{quarters[-1].period_date}" == latest


def test_there_are_the_last_years_that_are_over() -> None:
    years = periods_of(Statement.CASH_FLOW, Frequency.ANNUAL)

    assert [(report.fiscal_year, report.fiscal_quarter) for report in years] == [
        (2023, None),
        (2024, None),
        (2025, None),
    ]


@pytest.mark.parametrize("symbol", SYNTHETIC)
@pytest.mark.parametrize("statement", [Statement.INCOME, Statement.BALANCE, Statement.CASH_FLOW])
def test_a_reported_quarter_stays_the_same(symbol: str, statement: Statement) -> None:
    before, after = (
        {
            report.period_date: report
            for report in periods_of(statement, Frequency.QUARTERLY, symbol=symbol, today=today)
        }
        for today in (TODAY, date(2026, 8, 15))
    )

    both = before.keys() & after.keys()
    assert len(both) > 5
    assert all(before[day] == after[day] for day in both)


@pytest.mark.parametrize("symbol", SYNTHETIC)
@pytest.mark.parametrize("frequency", Frequency)
def test_the_figures_add_up(symbol: str, frequency: Frequency) -> None:
    for each in periods_of(Statement.INCOME, frequency, symbol=symbol):
        reported = figures_of(each)
        assert reported["total_revenue"] - reported["cost_of_revenue"] == reported["gross_profit"]
        assert (
            reported["gross_profit"] - reported["operating_expenses"]
            == reported["operating_income"]
        )
        assert (
            reported["operating_income"] - reported["tax_provision"] == reported["net_income"] > 0
        )
    for each in periods_of(Statement.BALANCE, frequency, symbol=symbol):
        reported = figures_of(each)
        assert (
            reported["total_liabilities"] + reported["total_stockholders_equity"]
            == reported["total_assets"]
        )
    for each in periods_of(Statement.CASH_FLOW, frequency, symbol=symbol):
        reported = figures_of(each)
        assert (
            reported["operating_cash_flow"] - reported["capital_expenditures"]
            == reported["free_cash_flow"]
        )


def test_a_year_is_the_sum_of_its_quarters() -> None:
    quarters = periods_of(Statement.INCOME, Frequency.QUARTERLY)
    year = periods_of(Statement.INCOME, Frequency.ANNUAL)[-1]

    of_year = [figures_of(each) for each in quarters if each.fiscal_year == 2025]

    assert len(of_year) == 4
    assert sum(each["total_revenue"] for each in of_year) == figures_of(year)["total_revenue"]


def test_estimates_are_of_this_year_and_the_next_and_surround_their_average() -> None:
    [estimates] = periods_of(Statement.ESTIMATES, Frequency.ANNUAL)
    reported: dict[str, Any] = {**estimates.figures}

    assert [reported[name]["fiscal_year"] for name in ("current_year", "next_year")] == [
        "2026",
        "2027",
    ]
    for year in reported.values():
        for figure in (year["eps"], year["revenue"]):
            assert Decimal(figure["low"]) < Decimal(figure["average"]) < Decimal(figure["high"])


def a_container(memory: InMemoryStore) -> AsyncContainer:
    fundamentals, transaction = InMemoryFundamentals(memory), ImmediateTransaction(memory)
    take_in = ImportFundamentals(fundamentals, transaction)
    provider = Provider(scope=Scope.REQUEST)
    provider.provide(lambda: FixedClock(NOON), provides=Clock)
    provider.provide(lambda: transaction, provides=Transaction)
    provider.provide(lambda: fundamentals, provides=Fundamentals)
    provider.provide(lambda: take_in, provides=ImportFundamentals)
    return make_async_container(provider)


async def test_a_company_with_real_fundamentals_gets_no_synthetic_ones() -> None:
    memory = InMemoryStore()
    [known] = reports_of(
        [{"symbol": "JNJ", "balance-sheet": {"a": [{"period_date": "2020-12-31"}]}}]
    )
    await InMemoryFundamentals(memory).put([known])

    await import_fundamentals(a_container(memory))

    assert [each for each in memory.reports.values() if each.symbol == "JNJ"] == [known]
    assert {each.symbol for each in memory.reports.values()} == SYNTHETIC.keys()
