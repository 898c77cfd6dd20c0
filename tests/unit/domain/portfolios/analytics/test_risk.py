"""Volatility, correlation, concentration and sectors, worked out again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable
from sigmasight.domain.portfolios.analytics.concentration import Concentration, concentration
from sigmasight.domain.portfolios.analytics.correlation import Correlations, correlations
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.analytics.sectors import SectorExposures, sector_exposures
from sigmasight.domain.portfolios.analytics.volatility import (
    Forecast,
    Trend,
    Volatility,
    volatility,
)
from tests.support.builders.books import (
    TODAY,
    a_book,
    an_option,
    cash,
    held,
    prices,
    private,
    random_returns,
)
from tests.support.builders.profiles import a_profile, weights

YEAR = 400
ONE, TWO = random_returns("one", YEAR), random_returns("two", YEAR)
CLOSES = {"ONE": prices(ONE), "TWO": prices(TWO)}
ODD = [
    [],
    [cash(10)],
    [private("FUND", 10)],
    [an_option(1, 100)],
    [held("NEW", 10)],
    [held("ONE", 10), held("TWO", -30)],
    [held("ONE", 10), held("TWO", -10)],
    [held("ONE", 0)],
]


def of_volatility(*positions: Any, **changes: Any) -> Volatility:
    found = volatility(a_book(*positions, closes=CLOSES, **changes))
    assert isinstance(found, Volatility)
    return found


def annual(series: Any) -> float:
    return float(np.std(series, ddof=1) * np.sqrt(252))


def test_volatility_is_of_the_signed_weights_of_net_asset_value() -> None:
    found = of_volatility(held("ONE", 600), held("TWO", -200), equity=1000)

    series = 0.6 * ONE[-365:] - 0.2 * TWO[-365:]
    assert found.realized_21d == pytest.approx(annual(series[-21:]))
    assert found.realized_63d == pytest.approx(annual(series[-63:]))
    assert (found.observations, found.positions_included) == (365, 2)


def test_the_forecast_is_harmonized_over_a_day_a_week_and_a_month() -> None:
    found = of_volatility(held("ONE", 100))

    daily = np.abs(ONE[-365:]) * np.sqrt(252)
    rows = [
        [1, daily[t], annual(ONE[-365:][t - 4 : t + 1]), annual(ONE[-365:][t - 20 : t + 1])]
        for t in range(20, 365)
    ]
    slopes = np.linalg.lstsq(np.array(rows[:-1]), daily[21:], rcond=None)[0]
    assert found.forecast is Forecast.HAR
    assert found.expected_21d == pytest.approx(float(np.array(rows[-1]) @ slopes))


def test_the_percentile_is_the_share_of_lower_values_in_the_year() -> None:
    found = of_volatility(held("ONE", 100))

    series = ONE[-252:]
    rolling = [annual(series[end - 21 : end]) for end in range(21, 253)]
    assert found.percentile == pytest.approx(np.mean(np.array(rolling) < rolling[-1]))


@pytest.mark.parametrize(("growth", "trend"), [(1.05, Trend.INCREASING), (0.95, Trend.DECREASING)])
def test_the_trend_is_that_of_the_last_month(growth: float, trend: Trend) -> None:
    signs = np.where(np.arange(200) % 2, 1, -1)
    series = 0.01 * signs * np.concatenate([np.ones(150), growth ** np.arange(50)])

    found = volatility(a_book(held("ONE", 1), closes={"ONE": prices(series)}))

    assert isinstance(found, Volatility)
    assert found.trend is trend


@pytest.mark.parametrize("positions", ODD)
def test_volatility_has_a_reason_where_there_is_none(positions: list[Any]) -> None:
    closes = CLOSES | {"NEW": prices([0.01])}

    assert isinstance(volatility(a_book(*positions, closes=closes)), Unavailable)


def test_prices_need_63_returns() -> None:
    enough, short = prices(ONE[:63]), prices(ONE[:62])

    assert isinstance(volatility(a_book(held("A", 1), closes={"A": enough})), Volatility)
    assert volatility(a_book(held("A", 1), closes={"A": short})) == Unavailable(
        Reason.NOT_ENOUGH_HISTORY
    )


def correlated(book: Book, **changes: int) -> Correlations | Unavailable:
    return correlations(
        book, **{"lookback_days": 90, "min_overlap": 30, "max_symbols": 25, **changes}
    )


def test_correlations_are_of_log_returns_the_largest_symbol_first() -> None:
    mixed = 0.5 * ONE + 0.5 * TWO
    closes = CLOSES | {"MIX": prices(mixed)}
    book = a_book(held("ONE", 1), held("TWO", -30), held("MIX", 10), held("MIX", 5), closes=closes)

    found = correlated(book)

    assert isinstance(found, Correlations)
    assert found.symbols == ["TWO", "MIX", "ONE"]
    logs = np.log1p(np.array([TWO, mixed, ONE])[:, -90:])
    assert np.array(found.matrix) == pytest.approx(np.corrcoef(logs))
    pairs = np.abs(np.corrcoef(logs)[np.triu_indices(3, 1)])
    assert found.average == pytest.approx(pairs.mean())
    assert (found.pairs, found.valid_pairs) == (3, 3)


def test_a_pair_with_too_few_common_days_is_invalid_and_0() -> None:
    closes = CLOSES | {"NEW": prices(ONE[:20])}
    book = a_book(held("ONE", 3), held("TWO", 2), held("NEW", 1), closes=closes)

    found = correlated(book)

    assert isinstance(found, Correlations)
    assert (found.pairs, found.valid_pairs, found.matrix[0][2]) == (3, 1, 0)
    assert found.average == abs(found.matrix[0][1])
    assert correlated(book, max_symbols=2) != found


@pytest.mark.parametrize("positions", [*ODD[:5], [held("ONE", 1), held("ONE", 2)]])
def test_correlations_have_a_reason_where_there_are_none(positions: list[Any]) -> None:
    assert isinstance(correlated(a_book(*positions, closes=CLOSES)), Unavailable)


def test_concentration_is_of_absolute_values_by_symbol() -> None:
    book = a_book(held("ONE", 50), held("TWO", -30), held("ONE", 10), private("P", 10), cash(999))

    found = concentration(book)

    assert isinstance(found, Concentration)
    assert found.weights == pytest.approx({"ONE": 0.6, "TWO": 0.3, "P": 0.1})
    assert found.hhi == pytest.approx(4600)
    assert found.effective_positions == pytest.approx(1 / 0.46)
    assert [found.top_3, found.top_10] == pytest.approx([1, 1])
    assert found.total_positions == 4
    assert found.interpretation == "highly concentrated"


@pytest.mark.parametrize("positions", [[], [cash(1)], [held("ONE", 0)]])
def test_concentration_has_a_reason_where_there_is_none(positions: list[Any]) -> None:
    assert isinstance(concentration(a_book(*positions)), Unavailable)


def test_sectors_are_compared_over_those_of_both() -> None:
    profiles = {
        "ONE": a_profile("ONE", sector="Technology"),
        "TWO": a_profile("TWO", sector="Energy"),
        "ETF": a_profile("ETF", is_etf=True),
        "BARE": a_profile("BARE", sector=None),
    }
    book = a_book(
        *(held("ONE", 300), held("TWO", -100), held("ETF", 50), held("BARE", 20)),
        *(private("P", 30), an_option(1, 100)),
        equity=1000,
        profiles=profiles,
        benchmark=weights(Technology="0.5", Materials="0.5"),
    )

    found = sector_exposures(book)

    assert isinstance(found, SectorExposures)
    assert found.weights == pytest.approx(
        {"Technology": 0.3, "Energy": 0.1, "ETFs": 0.05, "Unclassified": 0.15}
    )
    assert found.differences == pytest.approx(
        {
            "Technology": -0.2,
            "Energy": 0.1,
            "ETFs": 0.05,
            "Materials": -0.5,
            "Unclassified": 0.15,
        }
    )
    assert (found.largest_overweight, found.largest_underweight) == ("Unclassified", "Materials")
    assert (found.unclassified_count, found.unclassified_value) == (3, 150)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"benchmark": None}, Reason.NO_BENCHMARK_WEIGHTS),
        ({"profiles": {}}, Reason.NO_PROFILES),
        ({"positions": []}, Reason.NO_POSITIONS),
        ({"positions": [held("ONE", -5)], "portfolios": []}, Reason.ZERO_VALUE),
    ],
)
def test_sectors_have_a_reason_where_there_are_none(changes: Any, reason: Reason) -> None:
    book = a_book(held("ONE", 1), profiles={"ONE": a_profile("ONE")}, benchmark=weights(Energy="1"))

    assert sector_exposures(replace(book, **changes)) == Unavailable(reason)


def test_a_joint_book_nets_a_symbol_across_accounts() -> None:
    one, other = a_book(held("ONE", 100)), a_book(held("ONE", -40), held("TWO", 40))
    joint = replace(
        one,
        portfolios=[*one.portfolios, *other.portfolios],
        positions=[*one.positions, *other.positions],
        history=History(CLOSES),
    )

    found, alone = concentration(joint), volatility(joint)

    assert joint.net_asset_value == 100
    assert isinstance(found, Concentration)
    assert found.weights == pytest.approx({"ONE": 0.6, "TWO": 0.4})
    assert isinstance(alone, Volatility)
    series = 0.6 * ONE[-365:] + 0.4 * TWO[-365:]
    assert alone.realized_21d == pytest.approx(annual(series[-21:]))


def test_prices_older_than_a_year_do_not_count() -> None:
    old = {day - timedelta(days=400): close for day, close in prices(ONE[:200]).items()}
    closes = {"ONE": old | {TODAY: 1.0}}

    assert isinstance(volatility(a_book(held("ONE", 1), closes=closes)), Unavailable)
