"""Figures of several portfolios together, from their own ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.factors import Exposure, Factor, FactorExposures
from sigmasight.domain.portfolios.analytics.stress import Impact, StressTest
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId

Weights = Mapping[PortfolioId, float]


def weights_of(portfolios: Sequence[Portfolio]) -> Weights:
    """Return each portfolio's share of net asset value; equal ones if the sum is not above 0."""
    values = {each.id: float(each.net_asset_value) for each in portfolios}
    whole = sum(values.values())
    if whole <= 0:
        return dict.fromkeys(values, 1 / len(values)) if values else {}
    return {each: value / whole for each, value in values.items()}


def split(book: Book) -> Mapping[PortfolioId, Book]:
    """Return the book of each portfolio of a joint one."""
    return {
        each.id: replace(
            book,
            portfolios=[each],
            positions=[position for position in book.positions if position.portfolio_id == each.id],
        )
        for each in book.portfolios
    }


def mean(values: Mapping[PortfolioId, float | None], weights: Weights) -> float | None:
    """Return the weighted mean of the values that are known."""
    known = {each: value for each, value in values.items() if value is not None}
    whole = sum(weights[each] for each in known)
    if whole <= 0:
        return None
    return sum(weights[each] * value for each, value in known.items()) / whole


def joint_factors(
    exposures: Iterable[FactorExposures], net_asset_value: float
) -> Mapping[Factor, Exposure]:
    """Return the sums of exposures, with their betas on the joint net asset value."""
    parts = list(exposures)
    if net_asset_value <= 0:
        return {}
    return {
        factor: _sum(
            [each.factors[factor] for each in parts if factor in each.factors], net_asset_value
        )
        for factor in Factor
        if any(factor in each.factors for each in parts)
    }


def _sum(exposures: Sequence[Exposure], net_asset_value: float) -> Exposure:
    money = sum(each.money for each in exposures)
    return Exposure(money / net_asset_value, money, sum(each.convexity for each in exposures))


@dataclass(frozen=True, slots=True)
class JointImpact:
    """A scenario's impact on several portfolios, and on how many of them it is known."""

    impact: Impact
    portfolios: int


def joint_stress(tests: Iterable[StressTest], net_asset_value: float) -> Sequence[JointImpact]:
    """Return the sums of impacts, as fractions of the joint net asset value."""
    by_scenario: dict[str, list[Impact]] = {}
    for test in tests:
        for impact in test.impacts:
            by_scenario.setdefault(impact.scenario.id, []).append(impact)
    joint = [_joint(impacts, net_asset_value) for impacts in by_scenario.values()]
    return sorted(joint, key=_place)


def _place(joint: JointImpact) -> tuple[str, str]:
    return joint.impact.scenario.category, joint.impact.scenario.name


def _joint(impacts: Sequence[Impact], net_asset_value: float) -> JointImpact:
    money = sum(each.money for each in impacts)
    fraction = money / net_asset_value if net_asset_value > 0 else 0.0
    impact = Impact(impacts[0].scenario, money, fraction, net_asset_value + money)
    return JointImpact(impact, len(impacts))
