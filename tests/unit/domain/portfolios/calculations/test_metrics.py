"""What a portfolio is worth, by hand and for any holdings."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.calculations.metrics import CalculationInput, calculate_snapshot
from sigmasight.domain.portfolios.money import EXACT
from sigmasight.domain.portfolios.positions import InvestmentClass, Position, PositionType
from tests.support.builders.calculation_inputs import SAVINGS, TODAY, a_book, held
from tests.support.builders.instants import NOON

MIXED = Path(__file__).with_name("mixed.csv")


def by_hand() -> list[tuple[Position, dict[str, str]]]:
    lines = [line for line in MIXED.read_text().splitlines() if not line.startswith("#")]
    return [(_position(row), row) for row in csv.DictReader(lines)]


def _position(row: dict[str, str]) -> Position:
    return held(
        row["symbol"],
        row["quantity"],
        position_type=PositionType(row["type"]),
        investment_class=InvestmentClass(row["class"]),
        investment_subtype=row["subtype"],
        entry_price=Decimal(row["entry"]),
        last_price=Decimal(row["last"]) if row["last"] else None,
        exit_date=date.fromisoformat(row["closed"]) if row["closed"] else None,
        realized_pnl=Decimal(row["realized"]) if row["realized"] else None,
    )


def test_each_row_of_the_mixed_portfolio_has_its_stated_value() -> None:
    for position, row in by_hand():
        expected = sum(Decimal(part) for part in row["value"].split("+"))
        assert position.multiplier == int(row["multiplier"])
        assert position.market_value == expected
        assert position.unrealized_pnl == Decimal(row["unrealized"])


def test_the_mixed_portfolio_adds_up_as_by_hand() -> None:
    snapshot = calculate_snapshot(a_book(*(position for position, _ in by_hand())), at=NOON)

    figures: dict[str, Any] = {
        "market_value": "29400.00",
        "unrealized_pnl": "4800.00",
        "realized_pnl": "210.00",
        "gross_exposure": "40000.00",
        "net_exposure": "22400.00",
        "long_exposure": "31200.00",
        "short_exposure": "-8800.00",
        "cash": "7000.00",
        "largest_symbol": "AAA",
        "largest_weight": "0.750000",
        "concentration": "0.603800",
    }
    assert {name: str(getattr(snapshot, name)) for name in figures} == figures
    assert (snapshot.positions, snapshot.priced_at_entry, snapshot.without_history) == (7, 1, 5)
    assert (snapshot.as_of, snapshot.calculated_at, snapshot.history_days) == (TODAY, NOON, 0)
    assert snapshot.notes == (
        "1 of 7 positions has no price since entry: the entry price is used.",
        "Volatility, beta, drawdown and value at risk need 60 days of prices; there are 0.",
    )


def test_an_empty_portfolio_has_nothing_to_weigh() -> None:
    snapshot = calculate_snapshot(a_book(), at=NOON)

    assert snapshot.market_value == snapshot.gross_exposure == 0
    assert (snapshot.largest_symbol, snapshot.largest_weight, snapshot.concentration) == (None,) * 3
    assert snapshot.positions == 0


def test_of_two_equally_large_the_first_by_name_is_the_largest() -> None:
    snapshot = calculate_snapshot(a_book(held("B", 1), held("A", -1)), at=NOON)

    assert snapshot.largest_symbol == "A"
    assert snapshot.concentration == Decimal("0.5")


def wild_closes(seed: int, count: int, most: float) -> dict[date, float]:
    """Return closes of any size on days of any distance."""
    chance = Random(seed)  # noqa: S311
    days = chance.sample(range(365), count)
    return {TODAY - timedelta(days=age): chance.uniform(0, most) for age in days}


FIGURES = st.decimals(Decimal("0.000001"), Decimal("999999999999.999999"), places=6)
CLOSES = st.builds(
    wild_closes, st.integers(0, 10**6), st.integers(50, 90), st.sampled_from([1e-12, 1.0, 1e12])
)
CASHES = st.sampled_from([None, "CASH", "MONEY_MARKET", "STOCK"])


@st.composite
def positions(draw: st.DrawFn) -> Position:
    kind = draw(st.sampled_from(PositionType))
    size = draw(FIGURES)
    asset = InvestmentClass.OPTIONS if kind.is_option else draw(st.sampled_from(InvestmentClass))
    return held(
        draw(st.sampled_from("ABC")),
        str(-size if kind.is_short else size),
        position_type=kind,
        investment_class=asset,
        investment_subtype=draw(CASHES),
        entry_price=draw(FIGURES),
        last_price=draw(st.none() | FIGURES),
        exit_date=draw(st.sampled_from([None, None, TODAY])),
        realized_pnl=draw(st.none() | FIGURES),
    )


@given(
    st.lists(positions(), max_size=6),
    st.dictionaries(st.sampled_from(["A", "B", "C", "SPY"]), CLOSES),
    st.sampled_from([None, TODAY]),
)
def test_any_holdings_have_figures_that_fit_together(
    held: list[Position], closes: dict[str, dict[date, float]], priced_on: date | None
) -> None:
    snapshot = calculate_snapshot(CalculationInput(SAVINGS.id, held, priced_on, closes), at=NOON)

    assert snapshot.market_value == EXACT.add(snapshot.net_exposure, snapshot.cash)
    assert snapshot.gross_exposure == EXACT.subtract(
        snapshot.long_exposure, snapshot.short_exposure
    )
    assert snapshot.net_exposure.copy_abs() <= snapshot.gross_exposure
    assert 0 <= (snapshot.concentration or 0) <= 1
    assert (snapshot.concentration or 0) <= (snapshot.largest_weight or 0)
    assert (snapshot.largest_symbol is None) == (snapshot.gross_exposure == 0)
    assert 0 <= snapshot.priced_at_entry <= snapshot.positions
    assert snapshot.without_history <= snapshot.positions
    assert (snapshot.value_at_risk or 0) >= 0
    assert 0 <= (snapshot.max_drawdown or 0) <= 1
    assert all(isinstance(note, str) for note in snapshot.notes)


@given(st.lists(positions(), max_size=6))
def test_the_order_of_positions_does_not_matter(held: list[Position]) -> None:
    forth, back = (calculate_snapshot(a_book(*order), at=NOON) for order in (held, held[::-1]))

    assert forth == back


@given(st.lists(positions(), min_size=1, max_size=6))
def test_a_closed_position_counts_only_its_realized_result(held: list[Position]) -> None:
    closed = [replace(position, exit_date=TODAY) for position in held]

    snapshot = calculate_snapshot(a_book(*closed), at=NOON)

    assert snapshot.positions == snapshot.market_value == snapshot.unrealized_pnl == 0
    assert snapshot.realized_pnl == calculate_snapshot(a_book(*held), at=NOON).realized_pnl
