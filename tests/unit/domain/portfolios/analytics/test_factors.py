"""Factor betas, worked out again with plain numpy."""

from typing import Any

import numpy as np
import pytest

from sigmasight.domain.portfolios.analytics.book import Reason
from sigmasight.domain.portfolios.analytics.factors import (
    MAX_BETA,
    SPREADS,
    STYLES,
    Factor,
    FactorExposures,
    Spread,
    factor_exposures,
)
from tests.support.builders.books import (
    a_book,
    an_option,
    cash,
    etf_prices,
    held,
    prices,
    private,
    random_returns,
)
from tests.support.builders.profiles import a_profile

DAYS = 300
WINDOW = 120  # of calendar days, and here every day has a close


def etf_returns(symbol: str) -> np.ndarray[Any, Any]:
    return random_returns(symbol, DAYS)


def priced(**returns: Any) -> dict[str, Any]:
    return etf_prices(DAYS) | {symbol: prices(each) for symbol, each in returns.items()}


def exposures(*positions: Any, equity: float | None = None, **returns: Any) -> FactorExposures:
    return factor_exposures(a_book(*positions, closes=priced(**returns), equity=equity))


def test_the_market_beta_is_that_of_least_squares() -> None:
    own = 1.3 * etf_returns("SPY") + random_returns("own", DAYS, 0.004)
    x, y = etf_returns("SPY")[-WINDOW:], own[-WINDOW:]

    found = exposures(held("ACME", 500), equity=1000, ACME=own)

    beta = np.cov(x, y)[0, 1] / np.var(x, ddof=1)
    betas = found.symbols["ACME"]
    assert betas.factors[Factor.MARKET] == pytest.approx(beta)
    assert betas.r_squared == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert betas.observations == WINDOW
    market = found.factors[Factor.MARKET]
    assert [market.beta, market.money] == pytest.approx([beta / 2, beta * 500])


def test_the_styles_are_a_ridge_regression_on_all_six() -> None:
    own = 0.5 * etf_returns("VTV") - 0.4 * etf_returns("IWM") + random_returns("own", DAYS, 0.004)
    x = np.column_stack([etf_returns(etf)[-WINDOW:] for etf in STYLES.values()])
    y = own[-WINDOW:]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    slopes = np.linalg.inv(z.T @ z + np.eye(6)) @ z.T @ (y - y.mean()) / x.std(axis=0)

    found = exposures(held("ACME", 100), ACME=own)

    for factor, slope in zip(STYLES, slopes, strict=True):
        assert found.factors[factor].beta == pytest.approx(slope)


def test_spreads_are_regressions_on_differences_over_the_longer_window() -> None:
    own = etf_returns("VUG") - etf_returns("VTV") + random_returns("own", DAYS, 0.004)

    found = exposures(held("ACME", 100), ACME=own)

    for spread, (long, short) in SPREADS.items():
        x, y = (etf_returns(long) - etf_returns(short))[-210:], own[-210:]
        beta = np.polyfit(x, y, 1)[0]
        assert found.spreads[spread].beta == pytest.approx(beta)
    assert found.spreads[Spread.GROWTH_VALUE].beta > 0.8


def test_betas_are_limited() -> None:
    found = exposures(held("ACME", 100), ACME=9 * etf_returns("SPY"))

    assert found.factors[Factor.MARKET].beta == MAX_BETA


def test_a_profiles_beta_is_used_where_there_is_one() -> None:
    closes = priced(ACME=etf_returns("SPY"), ELSE=2 * etf_returns("SPY"))
    book = a_book(
        held("ACME", 100), held("ELSE", 100), closes=closes, profiles={"ACME": a_profile()}
    )

    symbols = factor_exposures(book).symbols

    assert symbols["ACME"].factors[Factor.PROVIDER] == pytest.approx(1.2)
    assert symbols["ELSE"].factors[Factor.PROVIDER] == pytest.approx(2)


def test_a_short_counts_against_a_long_and_its_symbol_has_the_same_beta() -> None:
    own = etf_returns("SPY")

    found = exposures(held("ACME", 300), held("DOWN", -100), ACME=own, DOWN=2 * own)

    assert found.factors[Factor.MARKET].money == pytest.approx(300 - 200)
    assert found.factors[Factor.MARKET].beta == pytest.approx(100 / 200)
    assert found.symbols["DOWN"].factors[Factor.MARKET] == pytest.approx(2)


def test_an_option_adds_its_delta_and_its_convexity() -> None:
    own = etf_returns("SPY") * 2
    spot = prices(own)[max(prices(own))]

    found = exposures(an_option(1, spot), equity=10_000, ACME=own)

    market = found.factors[Factor.MARKET]
    assert 0.5 * 100 * spot * 2 < market.money < 0.7 * 100 * spot * 2
    assert market.convexity > 0


def test_without_prices_of_a_factor_it_is_left_out() -> None:
    closes = {
        symbol: days
        for symbol, days in priced(ACME=etf_returns("SPY")).items()
        if symbol in {"ACME", "SPY", "MTUM"}
    }

    found = factor_exposures(a_book(held("ACME", 100), closes=closes))

    assert set(found.factors) == {Factor.MARKET, Factor.PROVIDER, Factor.MOMENTUM}
    assert set(found.spreads) == {Spread.MOMENTUM}


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        ([], Reason.NO_POSITIONS),
        ([cash(100)], Reason.NO_PUBLIC_POSITIONS),
        ([private("FUND", 100)], Reason.NO_PUBLIC_POSITIONS),
        ([an_option(1, 100)], Reason.NO_PUBLIC_POSITIONS),
        ([held("NEW", 100)], Reason.NOT_ENOUGH_HISTORY),
        ([held("ACME", 100), held("DOWN", -200)], Reason.ZERO_VALUE),
        ([held("ACME", 100), held("DOWN", -100)], Reason.ZERO_VALUE),
    ],
)
def test_what_cannot_be_given_has_a_reason(positions: list[Any], reason: Reason) -> None:
    closes = etf_prices(DAYS) | {"NEW": prices([0.01])}

    found = factor_exposures(a_book(*positions, closes=closes))

    assert (found.reason, dict(found.factors)) == (reason, {})


def test_without_factor_prices_the_reason_says_so() -> None:
    book = a_book(held("ACME", 100), closes={"ACME": prices(random_returns("ACME", DAYS))})

    assert factor_exposures(book).reason is Reason.NO_FACTOR_PRICES
