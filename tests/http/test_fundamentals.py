"""Fundamentals over HTTP, in the contract's words."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sigmasight.domain.research.fundamentals import NO_PERIOD, Frequency, Report, Statement
from tests.http.savings import refused
from tests.http.world import World
from tests.unit.examples import a_user

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


def know(world: World, *reports: Report) -> None:
    world.memory.reports.update(
        {(each.symbol, each.statement, each.frequency, each.period_date): each for each in reports}
    )


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_statement_has_its_figures_beside_its_periods(world: World, statement: str) -> None:
    about = replace(REPORT, statement=Statement(statement))
    world.with_users(a_user(invite_validated=False))
    know(world, about, *(replace(about, period_date=date(2020, 1, day)) for day in range(1, 9)))

    answer = await world("GET", f"/fundamentals/acme/{statement}")
    every = await world("GET", f"/fundamentals/ACME/{statement}?periods=20&frequency=q")

    said: dict[str, Any] = answer.json()
    assert {name: value for name, value in said.items() if name != "periods"} == {
        "symbol": "ACME",
        "frequency": "q",
        "currency": "EUR",
        "periods_returned": 4,
    }
    assert said["periods"][0] == {
        "period_date": "2025-12-31",
        "frequency": "q",
        "fiscal_year": 2025,
        "fiscal_quarter": 4,
        "revenue": "1000000000000.10",
        "eps": None,
    }
    assert len(every.json()["periods"]) == 9


async def test_estimates_are_told_as_they_were_taken_in(world: World) -> None:
    figures = {"eps": {"low": "1.10"}}
    know(
        world,
        replace(
            REPORT,
            statement=Statement.ESTIMATES,
            frequency=Frequency.ANNUAL,
            period_date=NO_PERIOD,
            figures=figures,
        ),
    )

    answer = await world("GET", "/fundamentals/ACME/analyst-estimates")

    assert answer.json() == {"symbol": "ACME", "estimates": figures}


@pytest.mark.parametrize("statement", [*STATEMENTS, "analyst-estimates"])
@pytest.mark.parametrize("symbol", ["NONE", "%00", "A%20B", "X" * 200])
async def test_an_unknown_symbol_is_404(world: World, statement: str, symbol: str) -> None:
    answer = await world("GET", f"/fundamentals/{symbol}/{statement}")

    assert (answer.status_code, answer.json()["error"]) == (404, "fundamentals_not_found")


@pytest.mark.parametrize("query", ["periods=0", "periods=21", "periods=x", "frequency=m"])
async def test_no_such_periods_are_400(world: World, query: str) -> None:
    answer = await world("GET", f"/fundamentals/ACME/cash-flow?{query}")

    assert [field for field, _ in refused(answer)] == [query.split("=", maxsplit=1)[0]]
