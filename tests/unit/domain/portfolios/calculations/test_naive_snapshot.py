"""Every figure of three books, recomputed by plain loops."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.options import RiskFreeRate
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.calculations.metrics import CalculationInput, calculate_snapshot
from sigmasight.domain.portfolios.calculations.risk import Risk, risk_of
from sigmasight.domain.portfolios.positions import InvestmentClass, PositionType
from tests.support.builders.calculation_inputs import SAVINGS, TODAY, a_book, a_walk, held
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import terms
from tests.unit.domain.portfolios.calculations.naive_snapshot import naive_snapshot

WALKS = {name: a_walk(name, 240) for name in ("ACME", "BOLT", "CORE", "DUNE", "SPY")}
EXACT = (
    "market_value",
    "unrealized_pnl",
    "realized_pnl",
    "gross_exposure",
    "net_exposure",
    "long_exposure",
    "short_exposure",
    "cash",
)
IN_CENTS = ("daily_pnl", "value_at_risk", "expected_shortfall")
RATIOS = (
    "largest_weight",
    "concentration",
    "cost_known_share",
    "daily_return",
    "coverage",
    "volatility",
    "beta",
    "max_drawdown",
)
DECIMALS = {**dict.fromkeys(EXACT, 9), **dict.fromkeys(IN_CENTS, 2), **dict.fromkeys(RATIOS, 6)}
OPTIONS, PRIVATE = InvestmentClass.OPTIONS, InvestmentClass.PRIVATE


def money(amount: int, kind: str = "CASH", **changes: Any) -> Any:
    return held(kind, amount, investment_subtype=kind, entry_price=Decimal(1), **changes)


def an_option(symbol: str, quantity: int, kind: PositionType, strike: str, **changes: Any) -> Any:
    return held(
        f"{symbol}270115{kind.value[1]}",
        quantity,
        position_type=kind,
        investment_class=OPTIONS,
        underlying_symbol=symbol,
        strike_price=Decimal(strike),
        expiration_date=date(2027, 1, 15),
        entry_price=Decimal("4.20"),
        **changes,
    )


LONG_ONLY = a_book(
    held("ACME", 120, entry_price=Decimal("80.55")),
    held("BOLT", "33.25"),
    held("BOLT", 10, entry_price=None),
    held("ART", 1, entry_price=Decimal(900), investment_class=PRIVATE),
    held("CORE", 7, exit_date=date(2026, 1, 9), realized_pnl=Decimal("123.45")),
    money(5_000),
    **{name: WALKS[name] for name in ("ACME", "BOLT", "SPY")},
)
LONG_SHORT = a_book(
    held("ACME", 300),
    held("BOLT", -250, position_type=PositionType.SHORT),
    an_option("ACME", -2, PositionType.SC, "105"),
    an_option("BOLT", 5, PositionType.LP, "95", implied_volatility=Decimal("0.31")),
    an_option("BOLT", 1, PositionType.LC, "100", realized_pnl=Decimal(-7)),
    **{name: WALKS[name] for name in ("ACME", "BOLT", "SPY")},
)
MANY_CURRENCIES = a_book(
    held("ACME", 200),
    held("CORE", 90, currency="EUR", exchange_rate=Decimal("1.0866"), rate_date=TODAY),
    held("DUNE", 10_000, multiplier=Decimal("0.01"), investment_subtype="BONDS"),
    held("BOLT", 4_000, currency="JPY", exchange_rate=None),
    money(1_500, currency="EUR", exchange_rate=Decimal("1.0866"), rate_date=TODAY),
    money(2_000, "TREASURY_BILLS"),
    **{name: WALKS[name] for name in ("ACME", "CORE", "DUNE", "SPY")},
)
BOOKS = {
    "long only": LONG_ONLY,
    "long and short with options": replace(
        LONG_SHORT, equity=Decimal(60_000), risk_free_rate=RiskFreeRate(0.03)
    ),
    "many currencies with bonds": MANY_CURRENCIES,
}

any_book = pytest.mark.parametrize("inputs", BOOKS.values(), ids=BOOKS)


def recomputed(inputs: CalculationInput) -> dict[str, Any]:
    return naive_snapshot(
        inputs.positions,
        inputs.closes,
        equity=None if inputs.equity is None else float(inputs.equity),
        rate=inputs.risk_free_rate,
    )


def risk(inputs: CalculationInput) -> Risk:
    portfolio = replace(SAVINGS, terms=terms(equity_balance=inputs.equity))
    book = Book(
        portfolios=[portfolio],
        positions=[each for each in inputs.positions if each.is_open],
        history=History(inputs.closes),
        profiles={},
        day=TODAY,
        latest=dict.fromkeys(inputs.closes, TODAY),
        risk_free_rate=inputs.risk_free_rate,
    )
    return risk_of(book)


@any_book
def test_every_figure_of_a_snapshot_is_that_of_plain_loops(inputs: CalculationInput) -> None:
    snapshot, expected = calculate_snapshot(inputs, at=NOON), recomputed(inputs)

    assert {name: float(getattr(snapshot, name)) for name in DECIMALS} == {
        name: pytest.approx(expected[name], rel=1e-9, abs=0.5 * 10**-decimals + 1e-9)
        for name, decimals in DECIMALS.items()
    }
    assert snapshot.history_days == expected["history_days"]


@any_book
def test_unrounded_figures_from_history_are_those_of_plain_loops(inputs: CalculationInput) -> None:
    found, expected = risk(inputs), recomputed(inputs)

    names = ("volatility", "max_drawdown", "value_at_risk", "expected_shortfall")
    simulated = {name: getattr(found.simulation, name) for name in names}
    assert simulated == {name: pytest.approx(expected[name], rel=1e-9) for name in names}
    contributions = [each.volatility for each in found.positions if each.volatility is not None]
    assert contributions == pytest.approx(expected["contributions"], rel=1e-9, abs=1e-6)


@any_book
def test_contributions_to_risk_add_up_to_the_total(inputs: CalculationInput) -> None:
    found = risk(inputs)
    simulation = found.simulation

    volatility = sum(each.volatility or 0 for each in found.positions)
    shortfall = sum(each.expected_shortfall or 0 for each in found.positions)

    assert simulation.equity
    assert simulation.volatility
    assert volatility == pytest.approx(simulation.volatility * simulation.equity, rel=1e-9)
    assert shortfall == pytest.approx(simulation.expected_shortfall, rel=1e-9)
