"""Factor exposures, betas and stress tests of one portfolio, from its last calculation."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.analytics.book import Reason
from sigmasight.domain.portfolios.analytics.factors import Factor, Spread
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult
from sigmasight.domain.portfolios.calculations.use_cases import ReadFactors, RunStressTest
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.profiles import CompanyProfile
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.web_app.factors_schemas import (
    BetaComparisonMetadata,
    BetaComparisonView,
    BetaOfPositionView,
    FactorExposuresView,
    FactorMetadata,
    FactorQuality,
    FactorView,
    PositionFactorsMetadata,
    PositionFactorsView,
    PositionFactorView,
    SpreadFactorsView,
    SpreadMetadata,
    StressMetadata,
    StressTestView,
    left_out_view,
    spread_view,
    stress_data,
)
from sigmasight.entrypoints.http.web_app.figures import unavailable

MAX_LIMIT: Final = 200
Symbols = Annotated[str | None, QueryParameter(max_length=10_000)]


class FactorController(Controller):
    path = "/analytics/portfolio/{portfolio_id:uuid}"
    tags = ["Web app"]

    @get("/factor-exposures", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_factor_exposures(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadFactors],
        clock: FromDishka[Clock],
        use_latest_successful: FromQuery[bool] = True,  # noqa: FBT002  a query parameter
    ) -> FactorExposuresView:
        """Read a portfolio's factor betas, of today's calculation or of the last one."""
        found, now = await read.one(PortfolioId(portfolio_id), by=user.id), clock.now()
        if found and not use_latest_successful and found.calculated_at.date() != now.date():
            found = None
        result = result_or_reason(found)
        if isinstance(result, Reason):
            return unavailable(
                FactorExposuresView, FactorMetadata, result, portfolio_id=portfolio_id
            )
        return _exposures(result, now)

    @get("/positions/factor-exposures", Access.SIGNED_IN, PortfolioNotFoundError)
    async def list_position_factors(  # noqa: PLR0913, PLR0917  query parameters
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadFactors],
        clock: FromDishka[Clock],
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = 50,
        offset: Annotated[int, QueryParameter(ge=0, le=10**9)] = 0,
        symbols: Symbols = None,
    ) -> PositionFactorsView:
        """List the betas of a portfolio's positions: those of their symbols, or underlyings."""
        positions, _, last = await read.with_positions(PortfolioId(portfolio_id), by=user.id)
        result = result_or_reason(last)
        if isinstance(result, Reason):
            return unavailable(
                PositionFactorsView,
                PositionFactorsMetadata,
                result,
                portfolio_id=portfolio_id,
                limit=limit,
                offset=offset,
            )
        wanted = {each.upper() for each in split(symbols)}
        found = [
            PositionFactorView(each.id, each.symbol, dict(betas))
            for each in positions
            if not (wanted and each.symbol not in wanted) and (betas := _betas(each, result))
        ]
        return PositionFactorsView(
            portfolio_id=portfolio_id,
            calculation_date=result.as_of,
            total=len(found),
            limit=limit,
            offset=offset,
            positions=found[offset : offset + limit],
            data_quality=_quality(result, clock.now()),
            metadata=PositionFactorsMetadata(),
        )

    @get("/spread-factors", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_spread_factors(
        self, portfolio_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadFactors]
    ) -> SpreadFactorsView:
        """Read a portfolio's betas to the differences between factor ETFs."""
        result = result_or_reason(await read.one(PortfolioId(portfolio_id), by=user.id))
        if isinstance(result, FactorResult) and not result.exposures.spreads:
            result = Reason.NOT_ENOUGH_HISTORY
        if isinstance(result, Reason):
            return unavailable(SpreadFactorsView, SpreadMetadata, result, portfolio_id=portfolio_id)
        spreads = result.exposures.spreads
        return SpreadFactorsView(
            portfolio_id=portfolio_id,
            calculation_date=result.as_of,
            factors=[spread_view(each, spreads[each]) for each in Spread if each in spreads],
            metadata=SpreadMetadata(factors_calculated=len(spreads)),
        )

    @get("/beta-comparison", Access.SIGNED_IN, PortfolioNotFoundError)
    async def compare_betas(
        self, portfolio_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadFactors]
    ) -> BetaComparisonView:
        """Compare the betas of profiles with the calculated ones, by symbol."""
        positions, profiles, result = await read.with_positions(
            PortfolioId(portfolio_id), by=user.id
        )
        if not positions:
            return unavailable(
                BetaComparisonView,
                BetaComparisonMetadata,
                Reason.NO_POSITIONS,
                portfolio_id=portfolio_id,
            )
        found = [
            _compared(each, profiles.get(each.symbol), result)
            for each in sorted(positions, key=lambda each: each.symbol)
        ]
        return BetaComparisonView(
            portfolio_id=portfolio_id,
            positions=found,
            metadata=BetaComparisonMetadata(
                total_positions=len(found),
                positions_with_market_beta=sum(each.market_beta is not None for each in found),
                positions_with_calculated_beta=sum(
                    each.calculated_beta is not None for each in found
                ),
            ),
        )

    @get("/stress-test", Access.SIGNED_IN, PortfolioNotFoundError)
    async def run_stress_test(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadFactors],
        stress: FromDishka[RunStressTest],
        scenarios: Symbols = None,
    ) -> StressTestView:
        """Apply scenarios to a portfolio's factor exposures; name them by comma-separated ids."""
        result = result_or_reason(await read.one(PortfolioId(portfolio_id), by=user.id))
        if isinstance(result, Reason):
            return unavailable(StressTestView, StressMetadata, result, portfolio_id=portfolio_id)
        ids = split(scenarios)
        test = stress(result.exposures, ids)
        return StressTestView(
            portfolio_id=portfolio_id,
            data=stress_data(test, result.as_of),
            metadata=StressMetadata(
                scenarios_requested=ids or None,
                scenarios_left_out=[left_out_view(each) for each in test.skipped],
            ),
        )


def split(text: str | None) -> list[str]:
    """Return the parts of a comma-separated text."""
    return [part for each in (text or "").split(",") if (part := each.strip())]


def result_or_reason(result: FactorResult | None) -> FactorResult | Reason:
    """Return a result that has exposures, or why there is none."""
    return Reason.NO_RESULTS if result is None else result.exposures.reason or result


def _quality(result: FactorResult, now: datetime) -> FactorQuality:
    hours = int((now - result.calculated_at).total_seconds() // 3600)
    is_current = result.calculated_at.date() == now.date()
    return FactorQuality(result.as_of, max(hours, 0), hours > 72, is_current)  # noqa: PLR2004


def _exposures(result: FactorResult, now: datetime) -> FactorExposuresView:
    exposures, quality = result.exposures, _quality(result, now)
    return FactorExposuresView(
        portfolio_id=result.portfolio_id,
        calculation_date=result.as_of,
        factors=[
            FactorView(each, exposures.factors[each].beta, exposures.factors[each].money)
            for each in Factor
            if each in exposures.factors
        ],
        metadata=FactorMetadata(
            completeness="complete" if len(exposures.factors) == len(Factor) else "partial",
            total_active_factors=len(Factor),
            factors_calculated=len(exposures.factors),
            has_market_beta=int(Factor.MARKET in exposures.factors),
            is_latest=quality.is_current,
            is_fallback=not quality.is_current,
            positions_left_out=exposures.positions_left_out,
        ),
        data_quality=quality,
    )


def _betas(position: Position, result: FactorResult) -> dict[Factor, float]:
    symbol = position.underlying_symbol if position.position_type.is_option else position.symbol
    found = result.exposures.symbols.get(symbol or "")
    return {each: found.factors[each] for each in Factor if found and each in found.factors}


def _compared(
    position: Position, profile: CompanyProfile | None, result: FactorResult | None
) -> BetaOfPositionView:
    betas = result.exposures.symbols.get(position.symbol) if result else None
    market = float(profile.beta) if profile and profile.beta is not None else None
    calculated = betas.factors.get(Factor.MARKET) if betas else None
    known: dict[str, Any] = {}
    if betas and result and calculated is not None:
        known = {
            "beta_r_squared": betas.r_squared,
            "calculation_date": result.as_of,
            "observations": betas.observations,
        }
    return BetaOfPositionView(
        symbol=position.symbol,
        position_id=position.id,
        market_beta=market,
        calculated_beta=calculated,
        beta_difference=None if None in {market, calculated} else calculated - market,  # type: ignore[operator]
        **known,
    )
