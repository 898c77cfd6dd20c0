"""Stress tests: scenarios of factor shocks."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.adapters.stress_scenarios import StressScenarios
from sigmasight.domain.portfolios.analytics.factors import Exposure, Factor, FactorExposures
from sigmasight.domain.portfolios.analytics.stress import (
    FundDuration,
    Scenario,
    chosen,
    stress_test,
)

ENTRY = """
[[scenario]]
id = "a"
name = "A"
description = "A."
category = "own"
severity = "mild"
shocks = { market = -20.0 }
"""
SCENARIOS = StressScenarios().all
DURATION = FundDuration(17)
EXPOSURES = FactorExposures(
    net_asset_value=1000,
    factors={
        Factor.MARKET: Exposure(1.2, 1200, convexity=-500),
        Factor.RATES: Exposure(0.1, 100),
        Factor.VALUE: Exposure(0.5, 500),
        Factor.GROWTH: Exposure(-0.2, -200),
    },
)


def a_scenario(**changes: object) -> Scenario:
    scenario = Scenario(
        id="x",
        name="X",
        description="X.",
        category="market",
        severity="base",
        shocks={Factor.MARKET: -0.1},
    )
    return replace(scenario, **changes)  # type: ignore[arg-type]


def impact(exposures: FactorExposures = EXPOSURES, **shocks: float) -> float:
    scenario = a_scenario(shocks={Factor[name.upper()]: shock for name, shock in shocks.items()})
    [found] = stress_test(exposures, [scenario], duration=DURATION).impacts
    assert found.value == pytest.approx(exposures.net_asset_value + found.money)
    assert found.fraction == pytest.approx(found.money / exposures.net_asset_value)
    return found.money


def test_an_impact_is_exposure_times_shock_with_the_convexity_of_options() -> None:
    assert impact(market=-0.1) == pytest.approx(-120 - 500 * 0.01 / 2)


def test_the_shocked_factors_add_up() -> None:
    assert impact(value=0.2, growth=-0.1) == pytest.approx(100 + 20)


def test_rising_yields_lower_the_bond_fund_by_its_duration() -> None:
    assert impact(rates=0.01) == pytest.approx(-17 * 0.01 * 100)


def test_a_loss_ends_at_99_percent() -> None:
    assert impact(market=-5) == pytest.approx(-990)


def test_a_scenario_of_unknown_factors_is_left_out_and_names_them() -> None:
    scenario = a_scenario(shocks={Factor.SIZE: 0.1, Factor.QUALITY: 0.1})

    test = stress_test(EXPOSURES, [scenario], duration=DURATION)

    assert (test.impacts, [each.missing for each in test.skipped]) == (
        [],
        [[Factor.SIZE, Factor.QUALITY]],
    )


def test_scenarios_are_by_category_then_name() -> None:
    scenarios = [a_scenario(id=f"{c}{n}", category=c, name=n) for c in "ba" for n in "zy"]

    test = stress_test(EXPOSURES, scenarios, duration=DURATION)

    assert [each.scenario.id for each in test.impacts] == ["ay", "az", "by", "bz"]


def test_historical_scenarios_run_only_when_they_are_named() -> None:
    usual = {each.id for each in chosen(SCENARIOS, [])}

    assert len(SCENARIOS) == 23
    assert {each.id for each in SCENARIOS} - usual == {
        *("financial_crisis_2008", "covid_crash_2020", "dotcom_crash_2000")
    }
    assert [each.id for each in chosen(SCENARIOS, ["covid_crash_2020", "unknown"])] == [
        "covid_crash_2020"
    ]


def test_every_scenario_of_the_file_is_one_of_its_own() -> None:
    assert len({each.id for each in SCENARIOS}) == len({each.name for each in SCENARIOS}) == 23
    assert all(each.description.endswith(".") for each in SCENARIOS)
    assert all(abs(shock) <= 0.6 for each in SCENARIOS for shock in each.shocks.values())


@given(st.floats(-3, 3), st.floats(-1, 1))
def test_without_options_opposite_shocks_have_opposite_impacts(beta: float, shock: float) -> None:
    exposures = FactorExposures(
        net_asset_value=1000, factors={Factor.SIZE: Exposure(beta, beta * 100)}
    )

    assert impact(exposures, size=shock) == pytest.approx(-impact(exposures, size=-shock))


def test_scenarios_of_another_file_take_the_place_of_the_packages(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text(
        '[[scenario]]\nid = "a"\nname = "A"\ndescription = "A."\ncategory = "own"\n'
        'severity = "mild"\nshocks = { market = -20.0, rates = 1.0 }\n'
    )

    [scenario] = StressScenarios(file).all

    assert scenario.shocks == {Factor.MARKET: -0.2, Factor.RATES: 0.01}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[scenario", "scenarios.toml: "),
        ("", "required field `scenario`"),
        ('[[scenario]]\nid = "a"', "required field `name`"),
        (ENTRY.replace("market", "gold"), "no factor 'gold', only market"),
        (ENTRY * 2, "an id occurs twice"),
    ],
)
def test_a_file_of_scenarios_that_is_not_valid_says_why(
    text: str, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text(text)

    with pytest.raises(ValueError, match=why):
        StressScenarios(file)
