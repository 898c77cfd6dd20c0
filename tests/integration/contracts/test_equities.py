"""What searching companies promises, both the fake and the adapter."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sigmasight.domain.portfolios.analytics.factors import Factor, FactorExposures, SymbolBetas
from sigmasight.domain.research.equity_search import EquityQuery, Period, SortBy
from sigmasight.domain.research.fundamentals import Frequency, Report, Statement
from tests.integration.contracts.conftest import Ports
from tests.support.builders.calculations import a_factor_result
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.profiles import a_profile

SAVINGS = a_portfolio()
PROFILES = [
    a_profile("AAA", company_name="Alpha 100%", market_cap=Decimal(300), pe_ratio=Decimal(30)),
    a_profile("BBB", company_name="Beta", market_cap=Decimal(200), sector="Energy"),
    a_profile("CCC", company_name=None, market_cap=None, sector=None, pe_ratio=Decimal(-5)),
    a_profile(
        "DDD",
        company_name="Delta",
        market_cap=Decimal(100),
        current_year_revenue_avg=Decimal(77),
        as_of=date(2026, 1, 2),
    ),
]


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    await ports.profiles.put(PROFILES)
    return await ports.seed(SAVINGS)


async def symbols(ports: Ports, **query: object) -> list[str]:
    found = await ports.equities.search(replace(EquityQuery(), **query))  # type: ignore[arg-type]
    return [each.symbol for each in found.items]


async def test_all_are_found_by_default_the_largest_first_and_unknown_ones_last(
    seeded: Ports,
) -> None:
    assert await symbols(seeded) == ["AAA", "BBB", "DDD", "CCC"]
    assert await symbols(seeded, descending=False) == ["DDD", "BBB", "AAA", "CCC"]


@pytest.mark.parametrize("sort_by", SortBy)
async def test_every_column_can_be_sorted_by(seeded: Ports, sort_by: SortBy) -> None:
    assert len(await symbols(seeded, sort_by=sort_by)) == 4


@pytest.mark.parametrize("period", Period)
async def test_every_period_can_be_asked_for(seeded: Ports, period: Period) -> None:
    assert len(await symbols(seeded, period=period)) == 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"text": "aa"}, ["AAA"]),
        ({"text": "DELT"}, ["DDD"]),
        ({"text": "%"}, ["AAA"]),
        ({"text": "_"}, []),
        ({"sectors": ["Energy", "Other"]}, ["BBB"]),
        ({"industries": ["Anvils"], "min_market_cap": Decimal(200)}, ["AAA", "BBB"]),
        ({"max_market_cap": Decimal(200)}, ["BBB", "DDD"]),
        ({"max_pe_ratio": Decimal(0)}, ["CCC"]),
        ({"min_pe_ratio": Decimal(0)}, ["AAA"]),
    ],
)
async def test_a_query_narrows_the_search(
    seeded: Ports, query: dict[str, object], found: list[str]
) -> None:
    assert await symbols(seeded, **query) == found


async def test_pages_know_how_many_there_are_even_past_the_last_one(seeded: Ports) -> None:
    second = await seeded.equities.search(EquityQuery(limit=2, offset=2))
    past = await seeded.equities.search(EquityQuery(limit=2, offset=9))

    assert ([each.symbol for each in second.items], second.total) == (["DDD", "CCC"], 4)
    assert (past.items, past.total) == ([], 4)


async def test_forward_revenue_is_the_profiles_estimate(seeded: Ports) -> None:
    found = await seeded.equities.search(EquityQuery(period=Period.FORWARD, text="DDD"))

    assert (found.items[0].revenue, found.items[0].as_of) == (Decimal(77), date(2026, 1, 2))


async def test_factors_are_the_betas_of_the_last_calculation_of_the_symbol(seeded: Ports) -> None:
    betas = SymbolBetas(factors={Factor.VALUE: 0.5, Factor.LOW_VOLATILITY: -1.5})
    exposures = FactorExposures(symbols={"AAA": betas, "OTHER": SymbolBetas()})
    await seeded.factor_results.put(a_factor_result(SAVINGS, exposures=exposures))
    await seeded.commit()

    [found] = (await seeded.equities.search(EquityQuery(text="AAA"))).items

    assert (found.factor_value, found.factor_low_vol, found.factor_growth) == (0.5, -1.5, None)
    assert await symbols(seeded, sort_by=SortBy.FACTOR_VALUE) == ["AAA", "BBB", "CCC", "DDD"]


async def test_the_filters_are_what_there_is(seeded: Ports) -> None:
    filters = await seeded.equities.filters()

    assert (list(filters.sectors), list(filters.industries)) == (
        ["Energy", "Industrials"],
        ["Anvils"],
    )


def report(statement: Statement, quarter: int, **figures: str) -> Report:
    return Report(
        symbol="AAA",
        statement=statement,
        frequency=Frequency.QUARTERLY,
        period_date=date(2025, 3 * quarter, 1),
        currency="USD",
        fiscal_year=2025,
        fiscal_quarter=quarter,
        figures=figures,
    )


@pytest.mark.parametrize("ports", ["postgres"], indirect=True)
async def test_figures_come_from_the_statements_of_the_period(seeded: Ports) -> None:
    await seeded.fundamentals.put(
        [
            *(report(Statement.INCOME, q, total_revenue=f"{q}0", ebit="1.5") for q in (1, 2, 3, 4)),
            *(report(Statement.CASH_FLOW, q, free_cash_flow="n/a") for q in (1, 2, 3, 4)),
            report(Statement.BALANCE, 4, total_debt="40", cash_and_cash_equivalents="15"),
        ]
    )
    await seeded.commit()

    [ttm] = (await seeded.equities.search(EquityQuery(text="AAA"))).items
    quarter = EquityQuery(text="AAA", period=Period.LAST_QUARTER)
    [last] = (await seeded.equities.search(quarter)).items

    assert (ttm.revenue, ttm.ebit, ttm.fcf) == (Decimal(100), Decimal(6), None)
    assert (ttm.enterprise_value, ttm.ps_ratio) == (Decimal(325), Decimal(3))
    assert ttm.period_label(Period.TTM, date(2026, 1, 1)) == "TTM"
    assert (last.revenue, last.period_label(Period.LAST_QUARTER, date(2026, 1, 1))) == (
        Decimal(40),
        "Q4 2025",
    )
