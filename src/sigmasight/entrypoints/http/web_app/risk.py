"""Risk metrics of one portfolio, computed from its present holdings."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock, FieldError, ValidationFailedError
from sigmasight.domain.portfolios.analytics.book import Unavailable
from sigmasight.domain.portfolios.analytics.concentration import Concentration, concentration
from sigmasight.domain.portfolios.analytics.correlation import Correlations, correlations
from sigmasight.domain.portfolios.analytics.sectors import SectorExposures, sector_exposures
from sigmasight.domain.portfolios.analytics.use_cases import ComputeAnalytics
from sigmasight.domain.portfolios.analytics.volatility import Trend, Volatility, volatility
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view
from sigmasight.entrypoints.http.web_app.figures import (
    Metadata,
    PortfolioFigureView,
    unavailable,
)


class VolatilityData(msgspec.Struct, frozen=True):
    """Annualized; fractions. The percentile is from 0 to 1."""

    realized_volatility_21d: float
    realized_volatility_63d: float
    expected_volatility_21d: float
    volatility_trend: Trend
    volatility_percentile: float


class VolatilityMetadata(Metadata, frozen=True, kw_only=True):
    forecast_model: str | None = None
    trading_day_windows: str = "21d, 63d"
    observations: int = 0
    positions_included: int = 0


class VolatilityView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    data: VolatilityData | None = None
    metadata: VolatilityMetadata


class DataQuality(msgspec.Struct, frozen=True):
    total_pairs: int = 0
    valid_pairs: int = 0
    coverage_percent: float = 0.0


class CorrelationData(msgspec.Struct, frozen=True):
    matrix: dict[str, dict[str, float]]
    average_correlation: float
    position_symbols: list[str]
    correlation_matrix: list[list[float]]
    data_quality: DataQuality
    min_overlap: int


class CorrelationMetadata(Metadata, frozen=True, kw_only=True):
    calculation_date: datetime | None = None
    lookback_days: int = 0
    positions_included: int = 0
    min_overlap: int = 0


class CorrelationView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    data: CorrelationData | None = None
    metadata: CorrelationMetadata
    position_symbols: list[str] = []
    correlation_matrix: list[list[float]] = []
    data_quality: DataQuality = DataQuality()
    min_overlap: int


class SectorData(msgspec.Struct, frozen=True):
    """Weights are fractions of net asset value."""

    portfolio_weights: dict[str, float]
    benchmark_weights: dict[str, float]
    over_underweight: dict[str, float]
    largest_overweight: str | None
    largest_underweight: str | None
    total_portfolio_value: float
    positions_by_sector: dict[str, int]
    unclassified_value: float
    unclassified_count: int


class SectorMetadata(Metadata, frozen=True, kw_only=True):
    benchmark: str = "SP500"


class SectorView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    data: SectorData | None = None
    metadata: SectorMetadata


class ConcentrationData(msgspec.Struct, frozen=True):
    """`hhi` is from 0 to 10,000; the others are fractions of absolute market value."""

    hhi: float
    effective_num_positions: float
    top_3_concentration: float
    top_10_concentration: float
    total_positions: int
    position_weights: dict[str, float]


class ConcentrationMetadata(Metadata, frozen=True, kw_only=True):
    calculation_method: str = "absolute market value by symbol"
    interpretation: str | None = None


class ConcentrationView(PortfolioFigureView, frozen=True, kw_only=True):
    calculation_date: date | None = None
    data: ConcentrationData | None = None
    metadata: ConcentrationMetadata


class RiskController(Controller):
    path = "/analytics/portfolio/{portfolio_id:uuid}"
    tags = ["Web app"]

    @get("/volatility", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_volatility(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
    ) -> VolatilityView:
        """Compute the realized and the expected volatility of what is held now."""
        book, found = await compute.one(PortfolioId(portfolio_id), volatility, by=user.id)
        if isinstance(found, Unavailable):
            return unavailable(
                VolatilityView, VolatilityMetadata, found.reason, portfolio_id=portfolio_id
            )
        return VolatilityView(
            portfolio_id=portfolio_id,
            calculation_date=book.day,
            data=_volatility(found),
            metadata=VolatilityMetadata(
                forecast_model=found.forecast.value,
                observations=found.observations,
                positions_included=found.positions_included,
            ),
        )

    @get("/correlation-matrix", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_correlations(  # noqa: PLR0913, PLR0917  query parameters
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        clock: FromDishka[Clock],
        lookback_days: Annotated[int, QueryParameter(ge=30, le=365)] = 90,
        min_overlap: Annotated[int, QueryParameter(ge=10, le=365)] = 30,
        max_symbols: Annotated[int, QueryParameter(ge=2, le=50)] = 25,
    ) -> CorrelationView:
        """Correlate the daily log returns of a portfolio's largest holdings."""
        if min_overlap > lookback_days:
            sentence = "Must not be more than lookback_days."
            raise ValidationFailedError(FieldError("min_overlap", sentence, "out_of_range"))
        book, found = await compute.one(
            PortfolioId(portfolio_id),
            lambda book: correlations(
                book,
                lookback_days=lookback_days,
                min_overlap=min_overlap,
                max_symbols=max_symbols,
            ),
            by=user.id,
            history=timedelta(days=lookback_days),
        )
        if isinstance(found, Unavailable):
            return unavailable(
                CorrelationView,
                CorrelationMetadata,
                found.reason,
                portfolio_id=portfolio_id,
                min_overlap=min_overlap,
            )
        data = _correlations(found, min_overlap)
        return build_view(
            CorrelationView,
            data,
            available=True,
            reason=None,
            portfolio_id=portfolio_id,
            calculation_date=book.day,
            data=data,
            metadata=CorrelationMetadata(
                calculation_date=clock.now(),
                lookback_days=lookback_days,
                positions_included=len(found.symbols),
                min_overlap=min_overlap,
            ),
        )

    @get("/sector-exposure", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_sector_exposure(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
    ) -> SectorView:
        """Compare a portfolio's sectors with those of the benchmark."""
        book, found = await compute.one(
            PortfolioId(portfolio_id), sector_exposures, by=user.id, history=None
        )
        if isinstance(found, Unavailable):
            return unavailable(SectorView, SectorMetadata, found.reason, portfolio_id=portfolio_id)
        return SectorView(
            portfolio_id=portfolio_id,
            calculation_date=book.day,
            data=_sectors(found),
            metadata=SectorMetadata(),
        )

    @get("/concentration", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_concentration(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
    ) -> ConcentrationView:
        """Measure how much of a portfolio is in few symbols."""
        book, found = await compute.one(
            PortfolioId(portfolio_id), concentration, by=user.id, history=None
        )
        if isinstance(found, Unavailable):
            return unavailable(
                ConcentrationView, ConcentrationMetadata, found.reason, portfolio_id=portfolio_id
            )
        return ConcentrationView(
            portfolio_id=portfolio_id,
            calculation_date=book.day,
            data=_concentration(found),
            metadata=ConcentrationMetadata(interpretation=found.interpretation),
        )


def _volatility(found: Volatility) -> VolatilityData:
    return VolatilityData(
        found.realized_21d, found.realized_63d, found.expected_21d, found.trend, found.percentile
    )


def _correlations(found: Correlations, min_overlap: int) -> CorrelationData:
    symbols = list(found.symbols)
    return CorrelationData(
        matrix={
            symbol: dict(zip(symbols, row, strict=True))
            for symbol, row in zip(symbols, found.matrix, strict=True)
        },
        average_correlation=found.average,
        position_symbols=symbols,
        correlation_matrix=[list(row) for row in found.matrix],
        data_quality=quality(found),
        min_overlap=min_overlap,
    )


def quality(found: Correlations) -> DataQuality:
    return DataQuality(found.pairs, found.valid_pairs, 100 * found.valid_pairs / found.pairs)


def _sectors(found: SectorExposures) -> SectorData:
    return build_view(
        SectorData,
        found,
        portfolio_weights=dict(found.weights),
        benchmark_weights=dict(found.benchmark),
        over_underweight=dict(found.differences),
        total_portfolio_value=found.net_asset_value,
        positions_by_sector=dict(found.counts),
    )


def _concentration(found: Concentration) -> ConcentrationData:
    return ConcentrationData(
        hhi=found.hhi,
        effective_num_positions=found.effective_positions,
        top_3_concentration=found.top_3,
        top_10_concentration=found.top_10,
        total_positions=found.total_positions,
        position_weights=dict(found.weights),
    )
