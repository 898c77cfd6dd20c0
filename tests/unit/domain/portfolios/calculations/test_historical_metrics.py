"""Volatility, beta, drawdown and value at risk, against plain Python; and what they leave out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.analytics.options import OptionModel
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.calculations.metrics import calculate_snapshot
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.positions import InvestmentClass, Position, PositionType
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
    worth = {"A": long * last(closes["A"]), "B": short * last(closes["B"])}
    equity = sum(worth.values()) + cash
    gained = reference_calculation.gains([row for _, row in common], worth)
    market = [closes["SPY"][day] for day, _ in common]
    assert snapshot.history_days == len(common)
    assert near(snapshot.value_at_risk, reference_calculation.value_at_risk(gained), 0.006)
    assert near(
        snapshot.expected_shortfall, reference_calculation.expected_shortfall(gained), 0.006
    )
    assert snapshot.coverage == 1
    if equity > 0.11 * (worth["A"] - worth["B"]):
        assert near(snapshot.volatility, reference_calculation.volatility(gained, equity))
        assert near(snapshot.beta, reference_calculation.beta(gained, equity, market))
        assert near(snapshot.max_drawdown, reference_calculation.drawdown(gained, equity))


def last(closes: Mapping[date, float]) -> float:
    return closes[max(closes)]


def of_returns(*returns: float, final: float = 100.0) -> dict[date, float]:
    """Return closes with these daily returns, that end today at `final`."""
    found = {TODAY: final}
    for age, each in enumerate(reversed(returns), 1):
        final /= 1 + each
        found[TODAY - timedelta(days=age)] = final
    return dict(sorted(found.items()))


def test_a_fallen_share_risks_its_worst_days_at_its_value_of_today() -> None:
    falling = of_returns(*([-0.04] + [-0.005] * 9) * 10, final=193.6895)

    snapshot = calculate_snapshot(a_book(held("A", 100), A=falling), at=NOON)

    assert snapshot.market_value == Decimal("19368.95")
    assert snapshot.value_at_risk == Decimal("774.76")
    assert snapshot.expected_shortfall == Decimal("774.76")


def test_a_long_short_book_is_measured_on_its_stated_equity() -> None:
    up_and_down = of_returns(*[0.01, 1 / 1.01 - 1] * 50)
    still = dict.fromkeys(up_and_down, 95.0)
    positions = (held("LONG", 1000), held("SHORT", -1000, position_type=PositionType.SHORT))
    book = a_book(*positions, LONG=up_and_down, SHORT=still)

    stated = calculate_snapshot(replace(book, equity=Decimal(100_000)), at=NOON)
    unstated = calculate_snapshot(book, at=NOON)

    assert stated.long_exposure == Decimal(100_000)
    assert stated.short_exposure == Decimal(-95_000)
    assert near(stated.volatility, 0.158276, 5e-4)
    assert near(stated.max_drawdown, 0.009901)
    assert near(stated.value_at_risk, 990.10, 0.006)
    assert history(unstated)[:3] == (None, None, None)
    assert unstated.value_at_risk == stated.value_at_risk
    assert any("state the portfolio's equity" in note for note in unstated.notes)


def test_a_book_worth_less_than_nothing_has_figures_on_its_stated_equity() -> None:
    book = a_book(held("A", -3, position_type=PositionType.SHORT), A=a_walk("A", 80))

    snapshot = calculate_snapshot(replace(book, equity=Decimal(1_000)), at=NOON)

    assert snapshot.market_value < 0
    assert None not in {snapshot.volatility, snapshot.max_drawdown, snapshot.value_at_risk}


@pytest.mark.parametrize(("uncovered", "is_given"), [(99, True), (101, False)])
def test_figures_need_half_of_the_exposure_to_have_a_history(
    uncovered: int, *, is_given: bool
) -> None:
    walk = a_walk("A", 80, start=100.0)
    art = held("ART", 1, entry_price=Decimal(str(last(walk))) * uncovered / 100)

    snapshot = calculate_snapshot(a_book(held("A", 1), art, A=walk), at=NOON)

    assert near(snapshot.coverage, 100 / (100 + uncovered), 1e-5)
    assert (snapshot.value_at_risk is not None) is is_given
    assert any("are not given" in note for note in snapshot.notes) is not is_given


def test_the_market_itself_has_a_beta_of_one() -> None:
    snapshot = calculate_snapshot(a_book(held("SPY", 7), SPY=a_walk("SPY", 100)), at=NOON)

    assert snapshot.beta == 1


@pytest.mark.parametrize(("days", "known"), [(59, False), (60, True)])
def test_sixty_days_are_enough(days: int, known: bool) -> None:  # noqa: FBT001
    walk = a_walk("A", days)

    snapshot = calculate_snapshot(a_book(held("A", 1), A=walk, SPY=a_walk("SPY", 200)), at=NOON)

    assert (history(snapshot) != NONE) is known
    assert snapshot.history_days == (days if known else 0)
    assert any("need 60 days of prices" in note for note in snapshot.notes) is not known


def test_only_the_last_year_counts() -> None:
    snapshot = calculate_snapshot(a_book(held("A", 1), A=a_walk("A", 900)), at=NOON)

    assert 255 < snapshot.history_days < 265


def test_positions_without_history_are_excluded_and_counted() -> None:
    option = held("OPT", 1, investment_class=InvestmentClass.OPTIONS)
    walk = a_walk("A", 100)

    mixed = calculate_snapshot(a_book(held("A", 5), option, held("ART", 1), A=walk), at=NOON)

    assert history(mixed) == history(calculate_snapshot(a_book(held("A", 5), A=walk), at=NOON))
    assert mixed.coverage is not None
    assert 0 < mixed.coverage < 1
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
    assert any("state the portfolio's equity" in note for note in snapshot.notes)


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


def an_option_on_a(quantity: int, kind: PositionType) -> Position:
    return held(
        f"A270115{'C' if kind.is_option and kind.value[1] == 'C' else 'P'}00100000",
        quantity,
        position_type=kind,
        investment_class=InvestmentClass.OPTIONS,
        underlying_symbol="A",
        strike_price=Decimal(100),
        expiration_date=TODAY + timedelta(days=365),
        entry_price=Decimal(5),
    )


def test_options_count_by_delta_and_are_valued_anew_in_the_simulation() -> None:
    walk = a_walk("A", 250)
    shares, put = held("A", 100), an_option_on_a(1, PositionType.LP)

    bare = calculate_snapshot(a_book(shares, A=walk), at=NOON)
    hedged = calculate_snapshot(a_book(shares, put, A=walk), at=NOON)

    assert hedged.market_value == bare.market_value + 500
    assert 0 < hedged.net_exposure < bare.net_exposure
    assert hedged.short_exposure < 0
    assert hedged.coverage == 1
    assert hedged.value_at_risk is not None
    assert bare.value_at_risk is not None
    assert hedged.value_at_risk < bare.value_at_risk


def test_the_gains_of_an_option_are_those_of_its_model() -> None:
    walk = a_walk("A", 250)
    call = an_option_on_a(2, PositionType.LC)

    snapshot = calculate_snapshot(a_book(call, A=walk), at=NOON)

    model = OptionModel.of(call, history=History({"A": walk}), day=TODAY)
    assert model is not None
    gained = [200 * float(model.gains(np.array([each]))[0]) for each in returns_of(walk)]
    assert near(snapshot.value_at_risk, reference_calculation.value_at_risk(gained), 0.006)
    assert near(snapshot.net_exposure, 200 * model.delta * last(walk), 0.006)


def returns_of(closes: Mapping[date, float]) -> list[float]:
    return reference_calculation.returns([closes[day] for day in sorted(closes)])


def test_an_expired_option_is_no_exposure() -> None:
    walk = a_walk("A", 100)
    expired = replace(an_option_on_a(5, PositionType.LC), expiration_date=TODAY - timedelta(days=1))

    with_it = calculate_snapshot(a_book(held("A", 10), expired, A=walk), at=NOON)
    without = calculate_snapshot(a_book(held("A", 10), A=walk), at=NOON)

    assert with_it.gross_exposure == without.gross_exposure
    assert history(with_it) == history(without)
