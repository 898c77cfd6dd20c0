"""Delta and gamma of options, and what they add to a book."""

from math import isclose

import pytest

from sigmasight.domain.portfolios.analytics.options import greeks
from sigmasight.domain.portfolios.positions import PositionType
from tests.support.builders.books import TODAY, a_book, an_option, held, prices, random_returns

LC, LP, SC, SP = PositionType.LC, PositionType.LP, PositionType.SC, PositionType.SP


@pytest.mark.parametrize(
    ("kind", "delta"),
    [(LC, 0.6368306511756191), (SC, 0.6368306511756191), (LP, -0.3631693488243809)],
)
def test_the_greeks_of_an_option_at_the_money_in_a_year(kind: PositionType, delta: float) -> None:
    # d1 = (0.04 + 0.2² / 2) / 0.2 = 0.3 → N(0.3) = 0.6179; with 5 % it is the textbook's 0.6368.
    option = an_option(1, 100, days=365, kind=kind)

    found = greeks(option, spot=100 * 1.010050167084168, volatility=0.2, day=TODAY)

    assert found
    assert isclose(found.delta, delta, abs_tol=1e-6)
    assert isclose(found.gamma, 0.3752403469 / (100 * 1.010050167084168 * 0.2), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("kind", "spot", "delta"), [(LC, 101, 1), (LC, 99, 0), (LP, 99, -1), (LP, 101, 0)]
)
@pytest.mark.parametrize("days", [0, -1])
def test_an_expiring_option_is_a_share_or_nothing(
    kind: PositionType, spot: float, delta: float, days: int
) -> None:
    found = greeks(an_option(1, 100, days=days, kind=kind), spot=spot, volatility=0.2, day=TODAY)

    assert found
    assert (found.delta, found.gamma) == (delta, 0)


def test_an_option_without_its_terms_has_no_greeks() -> None:
    assert greeks(held("ACME", 1), spot=1, volatility=0.2, day=TODAY) is None


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
