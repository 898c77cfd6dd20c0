"""Sectors, concentration and correlation of several portfolios together."""

from datetime import timedelta
from typing import Annotated, Any

from dishka import FromDishka
from litestar import Controller
from litestar.params import QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.analytics.book import Unavailable
from sigmasight.domain.portfolios.analytics.concentration import Concentration, concentration
from sigmasight.domain.portfolios.analytics.correlation import Correlations, correlations
from sigmasight.domain.portfolios.analytics.sectors import sector_exposures
from sigmasight.domain.portfolios.analytics.use_cases import ComputeAnalytics
from sigmasight.domain.portfolios.portfolio import PortfolioNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view
from sigmasight.entrypoints.http.web_app import aggregates_schemas as schemas
from sigmasight.entrypoints.http.web_app.aggregates_views import (
    PortfolioIds,
    aggregate_view,
    entries,
    portfolio_ids_of,
)
from sigmasight.entrypoints.http.web_app.risk import quality

Symbols = Annotated[str | None, QueryParameter(max_length=10_000)]


class AggregateRiskController(Controller):
    path = "/analytics/aggregate"
    tags = ["Web app"]

    @get("/sector-exposure", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_sectors(
        self,
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.AggregateSectorView:
        """Compare the sectors of several portfolios together with those of the benchmark."""
        accounts, book = await compute.joint(
            portfolio_ids_of(portfolio_ids), by=user.id, history=None
        )
        found = sector_exposures(book) if book else None
        data = None
        if found and not isinstance(found, Unavailable):
            data = build_view(
                schemas.AggregateSectorData,
                found,
                portfolio_weights=dict(found.weights),
                benchmark_weights=dict(found.benchmark),
                over_underweight=dict(found.differences),
            )
        return aggregate_view(
            schemas.AggregateSectorView,
            accounts,
            book,
            problem=found,
            method="joint holdings over joint net asset value",
            data=data,
            portfolios=entries(schemas.Entry, accounts),
        )

    @get("/concentration", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_concentration(
        self,
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.AggregateConcentrationView:
        """Measure how much of several portfolios together is in few symbols."""
        accounts, book = await compute.joint(
            portfolio_ids_of(portfolio_ids), by=user.id, history=None
        )
        found = concentration(book) if book else None
        return aggregate_view(
            schemas.AggregateConcentrationView,
            accounts,
            book,
            problem=found,
            method="absolute market value by symbol, netted across portfolios",
            data=_concentration(found) if isinstance(found, Concentration) else None,
            portfolios=entries(schemas.Entry, accounts),
        )

    @get("/correlation-matrix", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_correlations(  # noqa: PLR0913, PLR0917  query parameters
        self,
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        portfolio_ids: PortfolioIds = None,
        lookback_days: Annotated[int, QueryParameter(ge=30, le=365)] = 90,
        min_overlap: Annotated[int, QueryParameter(ge=10, le=365)] = 30,
        max_positions: Annotated[int, QueryParameter(ge=2, le=50)] = 25,
        max_symbols: Annotated[int | None, QueryParameter(ge=2, le=50)] = None,
    ) -> schemas.AggregateCorrelationView:
        """Correlate the largest holdings of several portfolios together."""
        accounts, book = await compute.joint(
            portfolio_ids_of(portfolio_ids), by=user.id, history=timedelta(days=lookback_days)
        )
        found = book and correlations(
            book,
            lookback_days=lookback_days,
            min_overlap=min_overlap,
            max_symbols=max_symbols or max_positions,
        )
        figures = _correlations(found) if isinstance(found, Correlations) else {}
        return aggregate_view(
            schemas.AggregateCorrelationView,
            accounts,
            book,
            problem=found,
            method="daily log returns of the largest holdings",
            portfolios=entries(schemas.Entry, accounts),
            **figures,
        )


def _concentration(found: Concentration) -> schemas.AggregateConcentrationData:
    return schemas.AggregateConcentrationData(
        hhi=found.hhi,
        effective_num_positions=found.effective_positions,
        top_3_concentration=found.top_3,
        top_10_concentration=found.top_10,
        unique_symbols=len(found.weights),
        total_positions=found.total_positions,
        top_positions=[
            schemas.TopPositionView(symbol, found.values[symbol], weight)
            for symbol, weight in list(found.weights.items())[:10]
        ],
    )


def _correlations(found: Correlations) -> dict[str, Any]:
    symbols, matrix = list(found.symbols), [list(row) for row in found.matrix]
    by_symbol = {
        symbol: dict(zip(symbols, row, strict=True))
        for symbol, row in zip(symbols, matrix, strict=True)
    }
    return {
        "symbols": symbols,
        "correlation_matrix": matrix,
        "average_correlation": found.average,
        "total_positions_analyzed": len(symbols),
        "data_quality": quality(found),
        "data": schemas.AggregateCorrelationData(by_symbol, found.average),
    }
