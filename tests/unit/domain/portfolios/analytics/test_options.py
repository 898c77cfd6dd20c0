"""Delta and gamma of options, and what they add to a book."""

from dataclasses import replace
from decimal import Decimal
from math import exp
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.analytics.options import OptionModel, RiskFreeRate
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.positions import PositionType
from tests.support.builders.books import TODAY, a_book, an_option, held, prices, random_returns

LC, LP, SC, SP = PositionType.LC, PositionType.LP, PositionType.SC, PositionType.SP


def a_model(**changes: Any) -> OptionModel:
    """Return a call at the money, a year before it expires."""
    model = OptionModel(
        is_call=True, strike=100.0, years=1.0, spot=100.0, volatility=0.2, rate=0.05
    )
    return replace(model, **changes)


@pytest.mark.parametrize(("is_call", "delta"), [(True, 0.636831), (False, -0.363169)])
def test_the_greeks_are_the_textbooks(*, is_call: bool, delta: float) -> None:
    found = a_model(is_call=is_call)

    assert found.delta == pytest.approx(delta, abs=1e-6)
    assert found.gamma == pytest.approx(0.018762, abs=1e-6)


def test_the_sensitivities_are_those_of_hulls_example() -> None:
    # Hull, Options, Futures, and Other Derivatives: S 49, K 50, r 5 %, volatility 20 %, 20 weeks.
    found = a_model(strike=50.0, spot=49.0, years=0.3846)

    assert found.delta == pytest.approx(0.522, abs=5e-4)
    assert found.gamma == pytest.approx(0.066, abs=5e-4)
    assert found.theta * 365 == pytest.approx(-4.31, abs=5e-3)
    assert found.vega * 100 == pytest.approx(12.1, abs=5e-2)


@given(st.floats(50, 200), st.floats(0.05, 1), st.floats(0.05, 2), st.booleans())
def test_theta_and_vega_are_the_slopes_of_the_value(
    spot: float,
    volatility: float,
    years: float,
    is_call: bool,  # noqa: FBT001
) -> None:
    model = a_model(spot=spot, volatility=volatility, years=years, is_call=is_call)
    step = 1e-5

    def slope(**moved: float) -> float:
        up, down = (
            replace(model, **{name: getattr(model, name) + sign * by for name, by in moved.items()})
            for sign in (1, -1)
        )
        return (up.value - down.value) / (2 * step)

    assert model.vega == pytest.approx(slope(volatility=step) / 100, abs=1e-5 * spot)
    assert model.theta == pytest.approx(-slope(years=step) / 365, abs=1e-5 * spot)


def test_a_call_and_a_put_differ_by_the_forward() -> None:
    call, put = a_model(), a_model(is_call=False)

    assert call.value - put.value == pytest.approx(100 - 100 * exp(-0.05))


def test_an_implied_volatility_takes_the_place_of_the_underlyings_own() -> None:
    history = History({"ACME": prices(random_returns("ACME", 100))})
    option = replace(an_option(1, 100), implied_volatility=Decimal("0.55"))

    implied = OptionModel.of(option, history=history, day=TODAY, rate=RiskFreeRate(0.04))
    own = OptionModel.of(an_option(1, 100), history=history, day=TODAY)

    assert implied
    assert own
    assert (implied.volatility, implied.is_implied, implied.rate) == (0.55, True, 0.04)
    assert (own.is_implied, own.rate) == (False, 0.0)


@pytest.mark.parametrize(("is_call", "value"), [(True, 4.76), (False, 0.81)])
def test_the_value_is_that_of_hulls_example(*, is_call: bool, value: float) -> None:
    # Hull, Options, Futures, and Other Derivatives: S 42, K 40, r 10 %, volatility 20 %, T 0.5.
    model = a_model(is_call=is_call, strike=40.0, spot=42.0, rate=0.1, years=0.5)

    assert -model.gains(np.array([-1.0]))[0] == pytest.approx(
        value if is_call else value - 40 * exp(-0.05), abs=0.005
    )


@given(st.floats(50, 200), st.floats(0.05, 1), st.booleans())
def test_a_small_move_gains_delta_and_half_of_gamma(
    spot: float,
    volatility: float,
    is_call: bool,  # noqa: FBT001
) -> None:
    model = a_model(spot=spot, volatility=volatility, is_call=is_call)
    move = 0.001 * spot

    gained = float(model.gains(np.array([0.001]))[0])

    expected = model.delta * move + model.gamma * move * move / 2
    assert gained == pytest.approx(expected, abs=1e-5 * spot)


def test_a_protective_put_lowers_the_exposure() -> None:
    put = a_model(is_call=False, strike=650.0, spot=650.0, years=50 / 365, rate=0.0)

    assert round(100 * 650 * (1 + put.delta), 2) == 33_459.54


@pytest.mark.parametrize(
    ("is_call", "spot", "delta"),
    [(True, 101.0, 1), (True, 99.0, 0), (False, 99.0, -1), (False, 101.0, 0)],
)
@pytest.mark.parametrize("years", [0.0, -0.1])
def test_an_expiring_option_is_a_share_or_nothing(
    *, is_call: bool, spot: float, delta: float, years: float
) -> None:
    model = a_model(is_call=is_call, spot=spot, years=years)

    assert (model.delta, model.gamma, model.theta, model.vega) == (delta, 0, 0, 0)
    assert model.gains(np.array([0.0])) == [0.0]


def test_an_option_without_its_terms_or_prices_has_no_model() -> None:
    history = History({"ACME": prices(random_returns("ACME", 100))})
    option = an_option(1, 100)

    assert OptionModel.of(option, history=history, day=TODAY)
    assert OptionModel.of(held("ACME", 1), history=history, day=TODAY) is None
    assert OptionModel.of(option, history=History({}), day=TODAY) is None


def test_a_book_counts_an_option_by_the_shares_it_moves_with() -> None:
    closes = {"ACME": prices(random_returns("ACME", 300))}
    spot = closes["ACME"][TODAY]
    book = a_book(an_option(-2, spot, kind=SC), held("ACME", 1000), closes=closes, equity=1)

    option = next(each for each in book.holdings if each.position.position_type is SC)

    assert -200 * spot * 0.6 < option.exposure < -200 * spot * 0.5
    assert option.gamma < 0
    assert book.exposures["ACME"] == pytest.approx(option.exposure + 1000)
    assert book.left_out == 0


@pytest.mark.parametrize("closes", [{}, {"ACME": prices([0.01])}, {"ACME": prices([0.0] * 99)}])
def test_an_option_whose_underlying_has_no_volatility_is_left_out(closes: dict[str, dict]) -> None:  # type: ignore[type-arg]
    book = a_book(an_option(1, 100), closes=closes)

    assert (list(book.holdings), book.left_out) == ([], 1)
