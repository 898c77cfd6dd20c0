"""Synthetic fundamentals of the demo's companies, random from fixed seeds.

A quarter's figures are always the same. Fiscal years are calendar years.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from dishka import AsyncContainer

from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.research.fundamentals import (
    Frequency,
    Fundamentals,
    ImportFundamentals,
    Statement,
)
from sigmasight.domain.research.parsing import reports_of

SOURCE: Final = "synthetic, made up by sigmasight dev"
QUARTERS: Final = 8
YEARS: Final = 3
ENDS: Final = ("03-31", "06-30", "09-30", "12-31")
YEAR: Final = len(ENDS)
"""Quarters per year; quarters are numbered from the start of year 0."""
START: Final = 2024 * YEAR
REPORTING_DELAY: Final = timedelta(days=30)
"""The time between a quarter's end and its report."""
MILLION: Final = 1_000_000
CENTS: Final = Decimal("0.01")

Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Company:
    """A company's first quarterly revenue, its yearly growth, its margins and its shares.

    Revenue is in millions of dollars, and shares are in millions.
    """

    revenue: int
    growth: float
    gross_margin: float
    operating_margin: float
    shares: int


SYNTHETIC: Final[Mapping[str, Company]] = {
    "AAPL": Company(95_000, 0.06, 0.45, 0.31, 15_000),
    "MSFT": Company(62_000, 0.14, 0.69, 0.44, 7_400),
    "JNJ": Company(22_000, 0.04, 0.68, 0.26, 2_400),
    "XOM": Company(83_000, 0.02, 0.31, 0.13, 4_300),
    "TSLA": Company(24_000, 0.11, 0.18, 0.07, 3_200),
}


async def import_fundamentals(container: AsyncContainer) -> None:
    """Import synthetic fundamentals of companies without fundamentals."""
    async with container() as scope:
        today = (await scope.get(Clock)).now().date()
        fundamentals, transaction = await scope.get(Fundamentals), await scope.get(Transaction)

        async def unknown() -> list[str]:
            return [each for each in SYNTHETIC if not await _is_known(each, fundamentals)]

        companies = [synthetic(symbol, today) for symbol in await transaction.run(unknown)]
        store = await scope.get(ImportFundamentals)
        await store(lambda: reports_of(companies), on_progress=lambda _: None)


async def _is_known(symbol: str, fundamentals: Fundamentals) -> bool:
    for statement in Statement:
        for frequency in Frequency:
            if await fundamentals.latest(symbol, statement, frequency, 1):
                return True
    return False


def synthetic(symbol: str, today: date) -> Figures:
    """Return a company's reports up to that day, in the form of a fundamentals file."""
    day = today - REPORTING_DELAY
    current = day.year * YEAR + (day.month - 1) // 3
    year = current // YEAR
    spans = {
        Frequency.QUARTERLY: [range(each, each + 1) for each in range(current - QUARTERS, current)],
        Frequency.ANNUAL: [
            range(each * YEAR, each * YEAR + YEAR) for each in range(year - YEARS, year)
        ],
    }
    figures = {Statement.INCOME: _income, Statement.BALANCE: _balance, Statement.CASH_FLOW: _cash}
    statements: Figures = {
        statement: {
            frequency: [_period(span) | figures_of(symbol, span) for span in each]
            for frequency, each in spans.items()
        }
        for statement, figures_of in figures.items()
    }
    return {"symbol": symbol, Statement.ESTIMATES: _estimates(symbol, year), **statements}


def _period(quarters: range) -> Figures:
    year, place = divmod(quarters[-1], YEAR)
    return {
        "period_date": f"{year}-{ENDS[place]}",
        "fiscal_year": year,
        "fiscal_quarter": place + 1 if len(quarters) == 1 else None,
        "source": SOURCE,
    }


def _income(symbol: str, quarters: Iterable[int]) -> Figures:
    flows = _sum(_earned(symbol, each) for each in quarters)
    return {**flows, "diluted_eps": _per_share(symbol, flows["net_income"])}


def _balance(symbol: str, quarters: range) -> Figures:
    rng = _random(symbol, "balance", quarters[-1])
    revenue = _earned(symbol, quarters[-1])["total_revenue"]
    assets = _rounded(revenue * rng.gauss(4.5, 0.1))
    liabilities = _rounded(assets * rng.gauss(0.58, 0.01))
    return {
        "cash_and_cash_equivalents": _rounded(assets * rng.gauss(0.12, 0.01)),
        "total_assets": assets,
        "total_debt": _rounded(liabilities * rng.gauss(0.35, 0.01)),
        "total_liabilities": liabilities,
        "total_stockholders_equity": assets - liabilities,
    }


def _cash(symbol: str, quarters: Iterable[int]) -> Figures:
    return {**_sum(_moved(symbol, each) for each in quarters)}


def _estimates(symbol: str, year: int) -> Figures:
    """Return estimates for a year and the next: the exact figures, and a range around them."""
    return {
        name: {
            "fiscal_year": of,
            "revenue": _range_around(Decimal(flows["total_revenue"]), Decimal(MILLION)),
            "eps": _range_around(_per_share(symbol, flows["net_income"]), CENTS),
            "source": SOURCE,
        }
        for name, of in {"current_year": year, "next_year": year + 1}.items()
        for flows in [_sum(_earned(symbol, of * YEAR + each) for each in range(YEAR))]
    }


def _range_around(value: Decimal, exact: Decimal) -> Figures:
    parts = {"low": Decimal("0.93"), "average": Decimal(1), "high": Decimal("1.06")}
    return {name: (value * part).quantize(exact) for name, part in parts.items()}


def _earned(symbol: str, quarter: int) -> dict[str, int]:
    company, rng = SYNTHETIC[symbol], _random(symbol, "income", quarter)
    grown = company.revenue * (1 + company.growth) ** ((quarter - START) / YEAR)
    revenue = _rounded(grown * MILLION * rng.gauss(1, 0.02))
    gross = _rounded(revenue * company.gross_margin * rng.gauss(1, 0.01))
    operating = _rounded(revenue * company.operating_margin * rng.gauss(1, 0.03))
    tax = _rounded(operating * 0.17)
    return {
        "total_revenue": revenue,
        "cost_of_revenue": revenue - gross,
        "gross_profit": gross,
        "operating_expenses": gross - operating,
        "operating_income": operating,
        "tax_provision": tax,
        "net_income": operating - tax,
    }


def _moved(symbol: str, quarter: int) -> dict[str, int]:
    earned, rng = _earned(symbol, quarter), _random(symbol, "cash", quarter)
    operating = _rounded(earned["net_income"] * rng.gauss(1.3, 0.05))
    invested = _rounded(earned["total_revenue"] * rng.gauss(0.04, 0.003))
    return {
        "net_income": earned["net_income"],
        "operating_cash_flow": operating,
        "capital_expenditures": invested,
        "free_cash_flow": operating - invested,
    }


def _random(*of: object) -> random.Random:
    return random.Random(" ".join(map(str, of)))  # noqa: S311


def _rounded(amount: float) -> int:
    return round(amount / MILLION) * MILLION


def _sum(flows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in flows:
        total.update(each)
    return dict(total)


def _per_share(symbol: str, amount: int) -> Decimal:
    return (Decimal(amount) / (SYNTHETIC[symbol].shares * MILLION)).quantize(CENTS)
