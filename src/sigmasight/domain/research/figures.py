"""The names of figures in statements and estimates, and what is computed from them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from sigmasight.domain.portfolios.money import EXACT
from sigmasight.domain.research.fundamentals import Figures, Statement

RATIO: Final = Decimal("0.000001")
FIGURE_NAMES: Final[Mapping[Statement, tuple[str, ...]]] = {
    Statement.INCOME: (
        *("total_revenue", "cost_of_revenue", "gross_profit", "gross_margin"),
        *("research_and_development", "selling_general_and_administrative"),
        *("operating_income", "operating_margin", "ebit", "ebitda", "net_income", "net_margin"),
        *("diluted_eps", "basic_eps", "basic_average_shares", "diluted_average_shares"),
        *("tax_provision", "interest_expense", "depreciation_and_amortization"),
    ),
    Statement.BALANCE: (
        *("total_assets", "current_assets", "cash_and_cash_equivalents"),
        *("short_term_investments", "cash_and_short_term_investments", "accounts_receivable"),
        *("inventory", "property_plant_equipment", "intangible_assets", "total_liabilities"),
        *("current_liabilities", "accounts_payable", "short_term_debt", "long_term_debt"),
        *("total_debt", "total_stockholders_equity", "retained_earnings", "common_stock"),
        *("working_capital", "net_debt", "current_ratio", "debt_to_equity"),
        "book_value_per_share",
    ),
    Statement.CASH_FLOW: (
        *("operating_cash_flow", "depreciation_and_amortization", "stock_based_compensation"),
        *("change_in_working_capital", "investing_cash_flow", "capital_expenditures"),
        *("acquisitions", "purchases_of_investments", "financing_cash_flow", "dividends_paid"),
        *("stock_repurchases", "debt_issuance", "debt_repayment", "net_change_in_cash"),
        *("beginning_cash_position", "free_cash_flow", "fcf_margin"),
    ),
    Statement.ESTIMATES: (
        *(
            f"{quarter}_{name}"
            for quarter in ("current_quarter", "next_quarter")
            for name in (
                *("end_date", "revenue_avg", "revenue_low", "revenue_high"),
                *("eps_avg", "eps_low", "eps_high", "analyst_count"),
            )
        ),
        *(
            f"{year}_{name}"
            for year in ("current_year", "next_year")
            for name in (
                *("end_date", "revenue_avg", "revenue_low", "revenue_high", "revenue_growth"),
                *("earnings_avg", "earnings_low", "earnings_high", "analyst_count"),
            )
        ),
    ),
}
OTHER_NAMES: Final[Mapping[str, str]] = {
    "revenue": "total_revenue",
    "eps": "diluted_eps",
    "income_tax_expense": "tax_provision",
    "cash_and_equivalents": "cash_and_cash_equivalents",
    "total_equity": "total_stockholders_equity",
    "capital_expenditure": "capital_expenditures",
}
"""Names that files also use."""
RATIOS: Final[Mapping[Statement, Mapping[str, tuple[str, str]]]] = {
    Statement.INCOME: {
        "gross_margin": ("gross_profit", "total_revenue"),
        "operating_margin": ("operating_income", "total_revenue"),
        "net_margin": ("net_income", "total_revenue"),
    },
    Statement.BALANCE: {
        "current_ratio": ("current_assets", "current_liabilities"),
        "debt_to_equity": ("total_debt", "total_stockholders_equity"),
    },
    Statement.CASH_FLOW: {},
    Statement.ESTIMATES: {},
}
"""Fractions that are computed where a file lacks them."""


def standardized(statement: Statement, figures: Figures) -> dict[str, object]:
    """Return all figures of a statement by their standard names, null where unknown.

    Figures with other names follow.
    """
    if statement is Statement.ESTIMATES:
        figures = dict(_flattened(figures))
    renamed = {OTHER_NAMES.get(name, name): value for name, value in figures.items()}
    found: dict[str, object] = dict.fromkeys(FIGURE_NAMES[statement]) | renamed
    for name, (part, whole) in RATIOS[statement].items():
        if found[name] is None:
            found[name] = _ratio(found[part], found[whole])
    return found


def _flattened(estimates: Figures) -> Iterator[tuple[str, object]]:
    """Yield `current_year: {revenue: {average}}` as `current_year_revenue_avg`."""
    for span, figures in estimates.items():
        if not isinstance(figures, dict):
            yield span, figures
            continue
        for name, value in figures.items():
            standard = "earnings" if name == "eps" and span.endswith("_year") else name
            if not isinstance(value, dict):
                yield f"{span}_{standard}", value
                continue
            for bound, amount in value.items():
                yield f"{span}_{standard}_{'avg' if bound == 'average' else bound}", amount


def _ratio(part: object, whole: object) -> str | None:
    try:
        numerator, denominator = Decimal(str(part)), Decimal(str(whole))
    except InvalidOperation:  # unknown, or not a number
        return None
    if not (numerator.is_finite() and denominator.is_finite() and denominator):
        return None
    return f"{EXACT.divide(numerator, denominator).quantize(RATIO, context=EXACT):f}"
