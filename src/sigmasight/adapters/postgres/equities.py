"""Searching companies in Postgres: one statement with asyncpg, over indexed columns."""

from typing import Final

import asyncpg
import msgspec

from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows
from sigmasight.domain.kernel import Page
from sigmasight.domain.research.equity_search import (
    Equities,
    Equity,
    EquityQuery,
    Period,
    SearchFilters,
    SortBy,
)


def _number(*names: str) -> str:
    """Return SQL for the first of these figures that is a number; others are texts of any kind."""
    found = ", ".join(
        f"CASE WHEN figures->>'{name}' ~ '^-?[0-9]{{1,40}}(\\.[0-9]{{1,40}})?$'"
        f" THEN (figures->>'{name}')::numeric END"
        for name in names
    )
    return f"coalesce({found})"


REVENUE: Final = _number("total_revenue", "revenue")
EBIT: Final = _number("ebit", "operating_income")
FREE_CASH_FLOW: Final = _number("free_cash_flow")
DEBT: Final = _number("total_debt")
CASH: Final = _number(
    "cash_and_short_term_investments", "cash_and_cash_equivalents", "cash_and_equivalents"
)


def _last(statement: str, frequency: str, limit: int) -> str:
    return f"""SELECT figures, period_date, fiscal_year, fiscal_quarter FROM fundamentals
        WHERE fundamentals.symbol = profiles.symbol AND statement = '{statement}'
          AND frequency = '{frequency}'
        ORDER BY period_date DESC LIMIT {limit}"""  # noqa: S608  constants of this module


def _income(frequency: str, periods: int) -> str:
    return f"""SELECT sum({REVENUE}) AS revenue, sum({EBIT}) AS ebit,
        max(period_date) AS period_date, max(fiscal_year) AS fiscal_year,
        (array_agg(fiscal_quarter ORDER BY period_date DESC))[1] AS fiscal_quarter
        FROM ({_last("income-statement", frequency, periods)}) AS periods
        HAVING count(*) = {periods}"""  # noqa: S608  constants of this module


def _cash_flow(frequency: str, periods: int) -> str:
    return f"""SELECT sum({FREE_CASH_FLOW}) AS fcf
        FROM ({_last("cash-flow", frequency, periods)}) AS periods
        HAVING count(*) = {periods}"""  # noqa: S608  constants of this module


SPANS: Final = {
    Period.TTM: ("q", 4),
    Period.LAST_QUARTER: ("q", 1),
    Period.LAST_YEAR: ("a", 1),
    Period.FORWARD: ("a", 1),
}
SEARCH: Final = """
SELECT found.*, count(*) OVER () AS total FROM (
    SELECT profiles.symbol, company_name, sector, industry, market_cap, pe_ratio,
        profiles.as_of,
        market_cap + balance.debt - balance.cash AS enterprise_value,
        market_cap / nullif(ttm.revenue, 0) AS ps_ratio,
        {figures},
        income.period_date, income.fiscal_year, income.fiscal_quarter,
        (betas.factors->>'Value')::float8 AS factor_value,
        (betas.factors->>'Growth')::float8 AS factor_growth,
        (betas.factors->>'Momentum')::float8 AS factor_momentum,
        (betas.factors->>'Quality')::float8 AS factor_quality,
        (betas.factors->>'Size')::float8 AS factor_size,
        (betas.factors->>'Low Volatility')::float8 AS factor_low_vol
    FROM company_profiles AS profiles
    LEFT JOIN symbol_betas AS betas ON betas.symbol = profiles.symbol
    LEFT JOIN LATERAL ({ttm}) AS ttm ON true
    LEFT JOIN LATERAL ({income}) AS income ON true
    LEFT JOIN LATERAL ({cash_flow}) AS cash ON true
    LEFT JOIN LATERAL (
        SELECT {debt} AS debt, {money} AS cash FROM ({last_balance}) AS last
    ) AS balance ON true
    WHERE ($1::text IS NULL OR profiles.symbol ILIKE $1 OR company_name ILIKE $1)
      AND ($2::text[] IS NULL OR sector = ANY($2))
      AND ($3::text[] IS NULL OR industry = ANY($3))
      AND ($4::numeric IS NULL OR market_cap >= $4)
      AND ($5::numeric IS NULL OR market_cap <= $5)
      AND ($6::numeric IS NULL OR pe_ratio >= $6)
      AND ($7::numeric IS NULL OR pe_ratio <= $7)
) AS found
ORDER BY {order} NULLS LAST, symbol LIMIT $8 OFFSET $9
"""
COUNT: Final = """
SELECT count(*) FROM company_profiles
WHERE ($1::text IS NULL OR symbol ILIKE $1 OR company_name ILIKE $1)
  AND ($2::text[] IS NULL OR sector = ANY($2)) AND ($3::text[] IS NULL OR industry = ANY($3))
  AND ($4::numeric IS NULL OR market_cap >= $4) AND ($5::numeric IS NULL OR market_cap <= $5)
  AND ($6::numeric IS NULL OR pe_ratio >= $6) AND ($7::numeric IS NULL OR pe_ratio <= $7)
"""
FILTERS: Final = """
SELECT array(SELECT DISTINCT sector FROM company_profiles WHERE sector IS NOT NULL ORDER BY 1)
           AS sectors,
       array(SELECT DISTINCT industry FROM company_profiles WHERE industry IS NOT NULL ORDER BY 1)
           AS industries
"""


def _statement(period: Period, sort_by: SortBy, *, descending: bool) -> str:
    frequency, periods = SPANS[period]
    is_forward = period is Period.FORWARD
    revenue = "profiles.current_year_revenue_avg" if is_forward else "income.revenue"
    ebit, fcf = ("NULL::numeric",) * 2 if is_forward else ("income.ebit", "cash.fcf")
    return SEARCH.format(
        figures=f"{revenue} AS revenue, {ebit} AS ebit, {fcf} AS fcf",
        ttm=_income("q", 4),
        income=_income(frequency, periods),
        cash_flow=_cash_flow(frequency, periods),
        debt=DEBT,
        money=CASH,
        last_balance=_last("balance-sheet", "q", 1),
        order=f"{sort_by.value} {'DESC' if descending else 'ASC'}",
    )


class PostgresEquities(Equities):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def search(self, query: EquityQuery) -> Page[Equity]:
        wanted = (
            query.text and f"%{_escaped(query.text)}%",
            list(query.sectors) or None,
            list(query.industries) or None,
            query.min_market_cap,
            query.max_market_cap,
            query.min_pe_ratio,
            query.max_pe_ratio,
        )
        statement = _statement(query.period, query.sort_by, descending=query.descending)
        rows = await fetch_rows(self._pool, statement, *wanted, query.limit, query.offset)
        found = msgspec.convert([dict(row) for row in rows], list[Equity])
        if rows or not query.offset:
            return Page(found, rows[0]["total"] if rows else 0)
        return Page([], (await fetch_row(self._pool, COUNT, *wanted))[0])  # past the last page

    async def filters(self) -> SearchFilters:
        row = await fetch_row(self._pool, FILTERS)
        return SearchFilters(row["sectors"], row["industries"])


def _escaped(text: str) -> str:
    """Return a text in which LIKE finds no wildcards."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
