"""Stress tests: what a portfolio would gain or lose in a scenario of factor shocks.

A scenario's shocks are applied directly: each shocked factor's return times the exposure to it,
plus half the convexity of options times the return squared, summed over the shocked factors.
Other factors do not move along: they would count a fall of the market several times. A move of
yields moves the bond fund by its duration. A loss ends at -99 % of net asset value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NewType, Protocol

from sigmasight.domain.portfolios.analytics.factors import Factor, FactorExposures

FundDuration = NewType("FundDuration", float)
"""The duration, in years, of the bond fund that stands for interest rates."""

WORST: Final = -0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    id: str
    name: str
    description: str
    category: str
    severity: str
    shocks: Mapping[Factor, float]
    """Returns as fractions; of `Factor.RATES`, the change of yields as a fraction."""
    by_default: bool = True
    """Whether it is part of a stress test that names no scenarios."""


class Scenarios(Protocol):
    """The scenarios there are."""

    @property
    def all(self) -> Sequence[Scenario]: ...


@dataclass(frozen=True, slots=True)
class Impact:
    scenario: Scenario
    money: float
    fraction: float
    """Of net asset value."""
    value: float
    """The net asset value afterwards."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A scenario none of whose factors is known for a portfolio."""

    scenario: Scenario

    @property
    def missing(self) -> Sequence[Factor]:
        return list(self.scenario.shocks)


@dataclass(frozen=True, slots=True)
class StressTest:
    net_asset_value: float
    impacts: Sequence[Impact]
    """By category, then name."""
    skipped: Sequence[Skipped]


def chosen(scenarios: Sequence[Scenario], ids: Sequence[str]) -> Sequence[Scenario]:
    """Return the scenarios of these ids, or the usual ones without ids."""
    if not ids:
        return [each for each in scenarios if each.by_default]
    return [each for each in scenarios if each.id in ids]


def stress_test(
    exposures: FactorExposures, scenarios: Sequence[Scenario], *, duration: FundDuration
) -> StressTest:
    value = exposures.net_asset_value
    impacts, skipped = [], []
    for scenario in sorted(scenarios, key=lambda each: (each.category, each.name)):
        shocks = {
            factor: -duration * shock if factor is Factor.RATES else shock
            for factor, shock in scenario.shocks.items()
            if factor in exposures.factors
        }
        if not shocks:
            skipped.append(Skipped(scenario))
            continue
        gain = sum(
            exposures.factors[factor].money * shock
            + exposures.factors[factor].convexity * shock * shock / 2
            for factor, shock in shocks.items()
        )
        gain = max(gain, WORST * value)
        impacts.append(Impact(scenario, gain, gain / value, value + gain))
    return StressTest(value, impacts, skipped)
