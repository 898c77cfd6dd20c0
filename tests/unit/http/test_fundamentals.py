"""Fundamentals over HTTP, in the contract's words."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sigmasight.domain.research.figures import FIGURE_NAMES
from sigmasight.domain.research.fundamentals import NO_PERIOD, Frequency, Report, Statement
from tests.support.builders.users import a_user
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.portfolio_client import refused

REPORT = Report(
    symbol="ACME",
    statement=Statement.INCOME,
    frequency=Frequency.QUARTERLY,
    period_date=date(2025, 12, 31),
    currency="EUR",
    fiscal_year=2025,
    fiscal_quarter=4,
    figures={"revenue": "1000000000000.10", "eps": None},
)
STATEMENTS = ["income-statement", "balance-sheet", "cash-flow"]


def know(api: InMemoryApplication, *reports: Report) -> None:
    api.store.reports.update(
        {(each.symbol, each.statement, each.frequency, each.period_date): each for each in reports}
    )


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_statement_has_its_figures_beside_its_periods(
    api: InMemoryApplication, statement: str
) -> None:
    about = replace(REPORT, statement=Statement(statement))
    api.with_users(a_user(invite_validated=False))
    know(api, about, *(replace(about, period_date=date(2020, 1, day)) for day in range(1, 9)))

    answer = await api("GET", f"/fundamentals/acme/{statement}")
    every = await api("GET", f"/fundamentals/ACME/{statement}?periods=20&frequency=q")

    payload: dict[str, Any] = answer.json()
    assert {name: value for name, value in payload.items() if name != "periods"} == {
        "symbol": "ACME",
        "frequency": "q",
        "currency": "EUR",
        "periods_returned": 4,
    }
    first = payload["periods"][0]
    assert {name: first[name] for name in ("period_date", "frequency", "fiscal_quarter")} == {
        "period_date": "2025-12-31",
        "frequency": "q",
        "fiscal_quarter": 4,
    }
    assert (first["total_revenue"], first["diluted_eps"]) == ("1000000000000.10", None)
    assert first.keys() >= {*FIGURE_NAMES[Statement(statement)], "fiscal_year"}
    assert len(every.json()["periods"]) == 9


async def test_estimates_are_flat(api: InMemoryApplication) -> None:
    figures = {
        "current_year": {"eps": {"low": "1.10", "average": "1.20"}, "analyst_count": "7"},
        "next_quarter_eps_avg": "0.30",
    }
    know(
        api,
        replace(
            REPORT,
            statement=Statement.ESTIMATES,
            frequency=Frequency.ANNUAL,
            period_date=NO_PERIOD,
            figures=figures,
        ),
    )

    answer = await api("GET", "/fundamentals/ACME/analyst-estimates")

    estimates = answer.json()["estimates"]
    assert estimates == dict.fromkeys(FIGURE_NAMES[Statement.ESTIMATES]) | {
        "current_year_earnings_low": "1.10",
        "current_year_earnings_avg": "1.20",
        "current_year_analyst_count": "7",
        "next_quarter_eps_avg": "0.30",
    }


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_symbol_known_in_one_statement_is_known_in_all(
    api: InMemoryApplication, statement: str
) -> None:
    know(api, REPORT)

    answer = await api("GET", f"/fundamentals/acme/{statement}?frequency=a")
    estimates = await api("GET", "/fundamentals/acme/analyst-estimates")

    assert (answer.status_code, answer.json()["periods"]) == (200, [])
    assert set(estimates.json()["estimates"].values()) == {None}


@pytest.mark.parametrize("statement", [*STATEMENTS, "analyst-estimates"])
@pytest.mark.parametrize("symbol", ["NONE", "%00", "A%20B", "X" * 200])
async def test_an_unknown_symbol_is_404(
    api: InMemoryApplication, statement: str, symbol: str
) -> None:
    answer = await api("GET", f"/fundamentals/{symbol}/{statement}")

    assert (answer.status_code, answer.json()["error"]) == (404, "fundamentals_not_found")


@pytest.mark.parametrize("query", ["periods=0", "periods=21", "periods=x", "frequency=m"])
async def test_invalid_periods_are_400(api: InMemoryApplication, query: str) -> None:
    answer = await api("GET", f"/fundamentals/ACME/cash-flow?{query}")

    assert [field for field, _ in refused(answer)] == [query.split("=", maxsplit=1)[0]]
