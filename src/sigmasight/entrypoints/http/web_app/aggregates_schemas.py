"""Schemas of figures of several portfolios together."""

from datetime import date
from uuid import UUID

import msgspec

from sigmasight.domain.portfolios.analytics.book import Reason
from sigmasight.domain.portfolios.analytics.factors import Factor
from sigmasight.domain.portfolios.portfolio import AccountType
from sigmasight.entrypoints.http.web_app.factors_schemas import ImpactView
from sigmasight.entrypoints.http.web_app.risk import DataQuality


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A portfolio's net asset value, and its share of the sum."""

    id: UUID
    portfolio_id: UUID
    portfolio_name: str
    account_name: str
    account_type: AccountType
    value: float
    weight: float


class BreakdownMetrics(msgspec.Struct, frozen=True, kw_only=True):
    beta_90d: float | None = None
    beta_180d: float | None = None
    volatility_21d: float | None = None
    volatility_63d: float | None = None


class BreakdownEntry(Entry, frozen=True, kw_only=True):
    position_count: int
    unrealized_pnl: float
    realized_pnl: float
    metrics: BreakdownMetrics


class BetaEntry(Entry, frozen=True, kw_only=True):
    beta_90d: float | None = None
    beta_180d: float | None = None
    contribution: float | None = None
    """Weight times the 90-day beta."""


class VolatilityEntry(Entry, frozen=True, kw_only=True):
    volatility_21d: float | None = None
    volatility_63d: float | None = None


class OtherCurrency(msgspec.Struct, frozen=True):
    """A portfolio that is left out, as its currency does not add up without a rate."""

    portfolio_id: UUID
    portfolio_name: str
    currency: str


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """What the aggregates share; there are none without an active portfolio."""

    available: bool = True
    reason: Reason | None = None
    message: str | None = None
    currency: str | None = None
    net_asset_value: float = 0.0
    total_value: float = 0.0
    portfolio_count: int = 0
    other_currencies: list[OtherCurrency] = []
    calculation_date: date | None = None
    calculation_method: str


class AggregateOverviewView(Aggregate, frozen=True, kw_only=True):
    portfolios: list[Entry] = []


class BreakdownView(Aggregate, frozen=True, kw_only=True):
    portfolios: list[BreakdownEntry] = []


class AggregateBetaView(Aggregate, frozen=True, kw_only=True):
    """Means of the portfolios that have a beta, weighted by their values."""

    aggregate_beta: float | None = None
    aggregate_beta_90d: float | None = None
    aggregate_beta_180d: float | None = None
    portfolios: list[BetaEntry] = []


class AggregateVolatilityView(Aggregate, frozen=True, kw_only=True):
    """Of the joint series of returns, not a mean."""

    aggregate_volatility: float | None = None
    aggregate_volatility_21d: float | None = None
    aggregate_volatility_63d: float | None = None
    aggregate_expected_volatility_21d: float | None = None
    portfolios: list[VolatilityEntry] = []


class AggregateFactorView(msgspec.Struct, frozen=True):
    name: Factor
    aggregate_beta: float
    aggregate_exposure_dollar: float


class AggregateFactorsView(Aggregate, frozen=True, kw_only=True):
    factors: list[AggregateFactorView] = []
    portfolios: list[Entry] = []


class AggregateSectorData(msgspec.Struct, frozen=True):
    portfolio_weights: dict[str, float]
    benchmark_weights: dict[str, float]
    over_underweight: dict[str, float]
    largest_overweight: str | None
    largest_underweight: str | None


class AggregateSectorView(Aggregate, frozen=True, kw_only=True):
    data: AggregateSectorData | None = None
    portfolios: list[Entry] = []


class TopPositionView(msgspec.Struct, frozen=True):
    symbol: str
    value: float
    weight: float


class AggregateConcentrationData(msgspec.Struct, frozen=True):
    hhi: float
    effective_num_positions: float
    top_3_concentration: float
    top_10_concentration: float
    unique_symbols: int
    total_positions: int
    top_positions: list[TopPositionView]


class AggregateConcentrationView(Aggregate, frozen=True, kw_only=True):
    data: AggregateConcentrationData | None = None
    portfolios: list[Entry] = []


class AggregateCorrelationData(msgspec.Struct, frozen=True):
    matrix: dict[str, dict[str, float]]
    average_correlation: float


class AggregateCorrelationView(Aggregate, frozen=True, kw_only=True):
    """`symbols` and `correlation_matrix` are arrays in every case."""

    symbols: list[str] = []
    correlation_matrix: list[list[float]] = []
    average_correlation: float | None = None
    total_positions_analyzed: int = 0
    data_quality: DataQuality = DataQuality()
    data: AggregateCorrelationData | None = None
    portfolios: list[Entry] = []


class JointScenarioView(msgspec.Struct, frozen=True):
    id: str
    name: str
    description: str
    category: str
    impact_type: str
    severity: str
    impact: ImpactView
    portfolios_included: int


class AggregateStressData(msgspec.Struct, frozen=True):
    scenarios: list[JointScenarioView]
    portfolio_value: float


class AggregateStressView(Aggregate, frozen=True, kw_only=True):
    data: AggregateStressData | None = None
    portfolios_with_stress_data: int = 0
    portfolios: list[Entry] = []
