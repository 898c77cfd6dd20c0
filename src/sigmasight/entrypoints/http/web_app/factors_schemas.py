"""Schemas of factor exposures, betas and stress tests."""

from datetime import date
from typing import Final, Literal
from uuid import UUID

import msgspec

from sigmasight.domain.portfolios.analytics.factors import Exposure, Factor, Spread
from sigmasight.domain.portfolios.analytics.stress import Impact, Skipped, StressTest
from sigmasight.entrypoints.http.web_app.figures import Metadata, PortfolioFigureView

STRONG: Final = 0.5
MODERATE: Final = 0.2
DIRECTIONS: Final = {
    Spread.GROWTH_VALUE: ("Growth", "Value", "Balanced"),
    Spread.MOMENTUM: ("Momentum", "Contrarian", "Neutral"),
    Spread.SIZE: ("Small Cap", "Large Cap", "Balanced"),
    Spread.QUALITY: ("Quality", "Speculative", "Balanced"),
}
"""What a positive, a negative and no beta mean."""


class FactorView(msgspec.Struct, frozen=True):
    name: Factor
    beta: float
    exposure_dollar: float


class FactorMetadata(Metadata, frozen=True, kw_only=True):
    factor_model: str = "8-factor"
    calculation_method: str = "least squares; ridge for the styles"
    completeness: Literal["complete", "partial"] = "partial"
    total_active_factors: int = len(Factor)
    factors_calculated: int = 0
    has_market_beta: int = 0
    is_latest: bool = False
    is_fallback: bool = False
    positions_left_out: int = 0


class FactorQuality(msgspec.Struct, frozen=True):
    """`is_stale` after 72 hours."""

    snapshot_date: date
    age_hours: int
    is_stale: bool
    is_current: bool


class FactorExposuresView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    factors: list[FactorView] = []
    metadata: FactorMetadata
    data_quality: FactorQuality | None = None


class PositionFactorView(msgspec.Struct, frozen=True):
    position_id: UUID
    symbol: str
    exposures: dict[Factor, float]


class PositionFactorsMetadata(Metadata, frozen=True, kw_only=True):
    calculation_method: str = "least squares; ridge for the styles"


class PositionFactorsView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    total: int = 0
    limit: int
    offset: int
    positions: list[PositionFactorView] = []
    data_quality: FactorQuality | None = None
    metadata: PositionFactorsMetadata


class SpreadView(msgspec.Struct, frozen=True):
    name: Spread
    beta: float
    exposure_dollar: float
    direction: str
    magnitude: Literal["Strong", "Moderate", "Weak"]
    risk_level: Literal["high", "medium", "low"]
    explanation: str


class SpreadMetadata(Metadata, frozen=True, kw_only=True):
    calculation_method: str = "least squares, one factor at a time"
    regression_window_days: int = 180
    factors_calculated: int = 0
    expected_factors: int = len(Spread)


class SpreadFactorsView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    factors: list[SpreadView] = []
    metadata: SpreadMetadata


class BetaOfPositionView(msgspec.Struct, frozen=True, kw_only=True):
    """`market_beta` is the profile's; the difference is the calculated beta less that."""

    symbol: str
    position_id: UUID
    market_beta: float | None = None
    calculated_beta: float | None = None
    beta_r_squared: float | None = None
    calculation_date: date | None = None
    observations: int | None = None
    beta_difference: float | None = None


class BetaComparisonMetadata(Metadata, frozen=True, kw_only=True):
    total_positions: int = 0
    positions_with_market_beta: int = 0
    positions_with_calculated_beta: int = 0


class BetaComparisonView(PortfolioFigureView, frozen=True, kw_only=True):
    positions: list[BetaOfPositionView] = []
    metadata: BetaComparisonMetadata


class ImpactView(msgspec.Struct, frozen=True):
    dollar_impact: float
    percentage_impact: float
    new_portfolio_value: float


class ScenarioView(msgspec.Struct, frozen=True):
    id: str
    name: str
    description: str
    category: str
    impact_type: Literal["direct"]
    severity: str
    impact: ImpactView


class LeftOutScenarioView(msgspec.Struct, frozen=True):
    id: str
    missing: list[Factor]


class StressData(msgspec.Struct, frozen=True):
    scenarios: list[ScenarioView]
    portfolio_value: float
    calculation_date: date


class StressMetadata(Metadata, frozen=True, kw_only=True):
    scenarios_requested: list[str] | None = None
    scenarios_left_out: list[LeftOutScenarioView] = []


class StressTestView(PortfolioFigureView, frozen=True, kw_only=True):
    """Impacts are `direct`: other factors than the shocked ones do not move along."""

    data: StressData | None = None
    metadata: StressMetadata


def spread_view(spread: Spread, exposure: Exposure) -> SpreadView:
    beta = exposure.beta
    positive, negative, neutral = DIRECTIONS[spread]
    direction = positive if beta > 0 else negative if beta < 0 else neutral
    size = abs(beta)
    magnitude: Literal["Strong", "Moderate", "Weak"] = (
        "Strong" if size > STRONG else "Moderate" if size > MODERATE else "Weak"
    )
    levels: dict[str, Literal["high", "medium", "low"]] = {
        "Strong": "high",
        "Moderate": "medium",
        "Weak": "low",
    }
    return SpreadView(
        name=spread,
        beta=beta,
        exposure_dollar=exposure.money,
        direction=direction,
        magnitude=magnitude,
        risk_level=levels[magnitude],
        explanation=(
            f"If the {spread.value.lower()} gains 1 %, this portfolio moves by"
            f" {beta:+.2f} %: a {magnitude.lower()} tilt ({direction})."
        ),
    )


def scenario_view(impact: Impact) -> ScenarioView:
    scenario = impact.scenario
    return ScenarioView(
        id=scenario.id,
        name=scenario.name,
        description=scenario.description,
        category=scenario.category,
        impact_type="direct",
        severity=scenario.severity,
        impact=ImpactView(impact.money, impact.fraction * 100, impact.value),
    )


def left_out_view(skipped: Skipped) -> LeftOutScenarioView:
    return LeftOutScenarioView(skipped.scenario.id, list(skipped.missing))


def stress_data(test: StressTest, day: date) -> StressData:
    return StressData([scenario_view(each) for each in test.impacts], test.net_asset_value, day)
