"""Volatility, beta, drawdown and value at risk, against plain Python; and what they leave out."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.calculations.metrics import calculate_snapshot
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.positions import InvestmentClass
from tests.support.builders.calculation_inputs import TODAY, a_book, a_walk, held
from tests.support.builders.instants import NOON
from tests.unit.domain.portfolios.calculations import reference_calculation

NONE = (None, None, None, None)


def history(snapshot: Snapshot) -> tuple[Decimal | None, ...]:
    return (
        snapshot.volatility,
        snapshot.beta,
        snapshot.max_drawdown,
        snapshot.value_at_risk,
    )


def near(figure: Decimal | None, expected: float, within: float = 1e-6) -> bool:
    return figure is not None and abs(float(figure) - expected) <= within


@given(
    st.integers(80, 250),
    st.randoms(use_true_random=False),
    st.integers(100, 500),
    st.integers(-20, -1),
    st.integers(1, 50_000),
)
def test_the_figures_are_those_of_plain_python(
    days: int, chance: Random, long: int, short: int, cash: int
) -> None:
    closes = {name: a_walk(f"{chance.random()}", days) for name in ("A", "B", "SPY")}
    for day in chance.sample(list(closes["B"]), chance.randrange(20)):
        del closes["B"][day]
    book = a_book(
        held("A", long),
        held("B", short),
        held("USD", cash, entry_price=Decimal(1), investment_subtype="CASH"),
        **closes,
    )

    snapshot = calculate_snapshot(book, at=NOON)

    common = reference_calculation.aligned({name: closes[name] for name in ("A", "B")})
    values = [long * row["A"] + short * row["B"] + cash for _, row in common]
    assert min(values) > 0
    assert snapshot.history_days == len(common)
    assert near(snapshot.volatility, reference_calculation.volatility(values))
    assert near(
        snapshot.beta, reference_calculation.beta(values, [closes["SPY"][day] for day, _ in common])
    )
    assert near(snapshot.max_drawdown, reference_calculation.drawdown(values))
    assert near(snapshot.value_at_risk, reference_calculation.value_at_risk(values), 0.006)


def test_the_market_itself_has_a_beta_of_one() -> None:
    snapshot = calculate_snapshot(a_book(held("SPY", 7), SPY=a_walk("SPY", 100)), at=NOON)

    assert snapshot.beta == 1


@pytest.mark.parametrize(("days", "known"), [(59, False), (60, True)])
def test_sixty_days_are_enough(days: int, known: bool) -> None:  # noqa: FBT001
    walk = a_walk("A", days)

    snapshot = calculate_snapshot(a_book(held("A", 1), A=walk, SPY=a_walk("SPY", 200)), at=NOON)

    assert (history(snapshot) != NONE) is known
    assert snapshot.history_days == (days if known else 0)
    assert (snapshot.notes != calculate_snapshot(a_book(held("A", 1)), at=NOON).notes) is known


def test_only_the_last_year_counts() -> None:
    snapshot = calculate_snapshot(a_book(held("A", 1), A=a_walk("A", 900)), at=NOON)

    assert 255 < snapshot.history_days < 265


def test_positions_without_history_are_excluded_and_counted() -> None:
    option = held("OPT", 1, investment_class=InvestmentClass.OPTIONS)
    walk = a_walk("A", 100)

    mixed = calculate_snapshot(a_book(held("A", 5), option, held("ART", 1), A=walk), at=NOON)

    assert history(mixed) == history(calculate_snapshot(a_book(held("A", 5), A=walk), at=NOON))
    assert mixed.without_history == 2
    assert any("leave out 2 positions with" in note for note in mixed.notes)


def test_one_excluded_position_is_noted_in_the_singular() -> None:
    snapshot = calculate_snapshot(a_book(held("A", 5), held("ART", 1), A=a_walk("A", 100)), at=NOON)

    assert any("leave out 1 position with" in note for note in snapshot.notes)


def test_a_day_without_a_close_keeps_the_last_one_for_five_days() -> None:
    whole = a_walk("A", 100)
    gap = [TODAY - timedelta(days=age) for age in range(20, 32)]
    holed = {day: close for day, close in a_walk("B", 100).items() if day not in gap}

    snapshot = calculate_snapshot(a_book(held("A", 1), held("B", 1), A=whole, B=holed), at=NOON)

    last = max(day for day in holed if day < min(gap))
    lost = [day for day in whole if day in gap and (day - last).days > 5]
    assert 0 < len(lost) < len([day for day in whole if day in gap])
    assert snapshot.history_days == 100 - len(lost)


def test_constant_prices_have_no_risk_and_no_beta_to_a_constant_market() -> None:
    still = dict.fromkeys(a_walk("", 80), 10.0)

    snapshot = calculate_snapshot(a_book(held("A", 3), A=still, SPY=still), at=NOON)

    zero = Decimal(0)
    assert history(snapshot) == (zero, None, zero, zero)
    assert any("Beta is not available" in note for note in snapshot.notes)


def test_holdings_worth_less_than_nothing_have_a_value_at_risk_alone() -> None:
    snapshot = calculate_snapshot(
        a_book(held("A", -3), A=a_walk("A", 80), SPY=a_walk("S", 80)), at=NOON
    )

    assert history(snapshot)[:3] == (None, None, None)
    assert snapshot.value_at_risk is not None
    assert any("nothing, or less" in note for note in snapshot.notes)


def test_a_market_with_too_few_prices_leaves_the_beta_out_alone() -> None:
    snapshot = calculate_snapshot(
        a_book(held("A", 3), A=a_walk("A", 80), SPY=a_walk("S", 30)), at=NOON
    )

    assert snapshot.beta is None
    assert snapshot.volatility is not None


def test_more_cash_makes_the_whole_calmer() -> None:
    walk = a_walk("A", 100)
    cash = held("USD", 10_000, entry_price=Decimal(1), investment_subtype="CASH")

    bare = calculate_snapshot(a_book(held("A", 100), A=walk), at=NOON)
    calm = calculate_snapshot(a_book(held("A", 100), cash, A=walk), at=NOON)

    assert calm.volatility is not None
    assert bare.volatility is not None
    assert calm.volatility < bare.volatility
    assert calm.value_at_risk == bare.value_at_risk


def test_the_figures_are_of_the_day_of_the_latest_price() -> None:
    walk = a_walk("A", 80, until=date(2025, 11, 28))

    assert calculate_snapshot(a_book(held("A", 1), A=walk), at=NOON).as_of == date(2025, 11, 28)
