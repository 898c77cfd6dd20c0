"""Figures of several portfolios together: of their joint book, in one currency."""

from typing import Annotated, Any

from dishka import FromDishka
from litestar import Controller
from litestar.params import QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.analytics.aggregates import (
    joint_factors,
    joint_stress,
    mean,
    split,
    weights_of,
)
from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable
from sigmasight.domain.portfolios.analytics.factors import Factor
from sigmasight.domain.portfolios.analytics.use_cases import ComputeAnalytics
from sigmasight.domain.portfolios.analytics.volatility import Volatility, volatility
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult
from sigmasight.domain.portfolios.calculations.use_cases import ReadFactors, RunStressTest
from sigmasight.domain.portfolios.money import total
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
from sigmasight.entrypoints.http.web_app.factors import split as split_text
from sigmasight.entrypoints.http.web_app.factors_schemas import scenario_view

Symbols = Annotated[str | None, QueryParameter(max_length=10_000)]


class AggregateController(Controller):
    path = "/analytics/aggregate"
    tags = ["Web app"]

    @get("/overview", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_overview(
        self,
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.AggregateOverviewView:
        """Read the values of the caller's active portfolios, or of those named."""
        accounts = await compute.accounts(portfolio_ids_of(portfolio_ids), by=user.id)
        return aggregate_view(
            schemas.AggregateOverviewView,
            accounts,
            method="sum of net asset values",
            portfolios=entries(schemas.Entry, accounts),
        )

    @get("/breakdown", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_breakdown(
        self,
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        read: FromDishka[ReadFactors],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.BreakdownView:
        """Read the portfolios beside one another, with their profit, betas and volatilities."""
        accounts, book = await compute.joint(portfolio_ids_of(portfolio_ids), by=user.id)
        _, results = await read.several([each.id for each in accounts.portfolios], by=user.id)
        books = split(book) if book else {}
        more = {
            each: {
                "position_count": len(own.positions),
                "unrealized_pnl": float(
                    total(p.converted(p.unrealized_pnl) for p in own.positions)
                ),
                "realized_pnl": float(own.realized_pnl.get(each, 0)),
                "metrics": schemas.BreakdownMetrics(
                    beta_90d=_beta(results.get(each)),
                    beta_180d=_long_beta(results.get(each)),
                    **_volatilities(own),
                ),
            }
            for each, own in books.items()
        }
        return aggregate_view(
            schemas.BreakdownView,
            accounts,
            book,
            method="each portfolio by itself",
            portfolios=entries(schemas.BreakdownEntry, accounts, more),
        )

    @get("/beta", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_beta(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadFactors],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.AggregateBetaView:
        """Read the market beta of several portfolios together."""
        accounts, results = await read.several(portfolio_ids_of(portfolio_ids), by=user.id)
        weights = weights_of(accounts.portfolios)
        betas = {each: _beta(results.get(each)) for each in weights}
        long = {each: _long_beta(results.get(each)) for each in weights}
        joint = mean(betas, weights)
        more = {
            each: {
                "beta_90d": beta,
                "beta_180d": long[each],
                "contribution": None if beta is None else weights[each] * beta,
            }
            for each, beta in betas.items()
        }
        return aggregate_view(
            schemas.AggregateBetaView,
            accounts,
            method="mean of betas, weighted by net asset value",
            aggregate_beta=joint,
            aggregate_beta_90d=joint,
            aggregate_beta_180d=mean(long, weights),
            portfolios=entries(schemas.BetaEntry, accounts, more),
        )

    @get("/volatility", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_volatility(
        self,
        user: FromDishka[User],
        compute: FromDishka[ComputeAnalytics],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.AggregateVolatilityView:
        """Read the volatility of the joint series of returns."""
        accounts, book = await compute.joint(portfolio_ids_of(portfolio_ids), by=user.id)
        found = volatility(book) if book else None
        figures: dict[str, Any] = {}
        if isinstance(found, Volatility):
            figures = {
                "aggregate_volatility": found.realized_21d,
                "aggregate_volatility_21d": found.realized_21d,
                "aggregate_volatility_63d": found.realized_63d,
                "aggregate_expected_volatility_21d": found.expected_21d,
            }
        more = {each: _volatilities(own) for each, own in (split(book) if book else {}).items()}
        return aggregate_view(
            schemas.AggregateVolatilityView,
            accounts,
            book,
            problem=found,
            method="joint series of returns",
            portfolios=entries(schemas.VolatilityEntry, accounts, more),
            **figures,
        )

    @get("/factor-exposures", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_aggregate_factors(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadFactors],
        portfolio_ids: PortfolioIds = None,
    ) -> schemas.AggregateFactorsView:
        """Read the factor betas of several portfolios together."""
        accounts, results = await read.several(portfolio_ids_of(portfolio_ids), by=user.id)
        value = float(total(each.net_asset_value for each in accounts.portfolios))
        factors = joint_factors((each.exposures for each in results.values()), value)
        return aggregate_view(
            schemas.AggregateFactorsView,
            accounts,
            problem=None if factors else Unavailable(Reason.NO_RESULTS),
            method="sum of exposures over joint net asset value",
            factors=[
                schemas.AggregateFactorView(factor, exposure.beta, exposure.money)
                for factor, exposure in factors.items()
            ],
            portfolios=entries(schemas.Entry, accounts),
        )

    @get("/stress-test", Access.SIGNED_IN, PortfolioNotFoundError)
    async def run_aggregate_stress_test(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadFactors],
        stress: FromDishka[RunStressTest],
        portfolio_ids: PortfolioIds = None,
        scenarios: Symbols = None,
    ) -> schemas.AggregateStressView:
        """Add up the impacts of scenarios on several portfolios."""
        accounts, results = await read.several(portfolio_ids_of(portfolio_ids), by=user.id)
        tests = [
            stress(each.exposures, split_text(scenarios))
            for each in results.values()
            if each.exposures.factors
        ]
        value = float(total(each.net_asset_value for each in accounts.portfolios))
        data = schemas.AggregateStressData(
            [
                build_view(
                    schemas.JointScenarioView,
                    scenario_view(each.impact),
                    portfolios_included=each.portfolios,
                )
                for each in joint_stress(tests, value)
            ],
            value,
        )
        return aggregate_view(
            schemas.AggregateStressView,
            accounts,
            problem=None if tests else Unavailable(Reason.NO_RESULTS),
            method="sum of the portfolios' direct impacts",
            data=data if tests else None,
            portfolios_with_stress_data=len(tests),
            portfolios=entries(schemas.Entry, accounts),
        )


def _beta(result: FactorResult | None) -> float | None:
    exposure = result.exposures.factors.get(Factor.MARKET) if result else None
    return exposure.beta if exposure else None


def _long_beta(result: FactorResult | None) -> float | None:
    return result.exposures.long_market_beta if result else None


def _volatilities(book: Book) -> dict[str, float | None]:
    found = volatility(book)
    if isinstance(found, Unavailable):
        return {"volatility_21d": None, "volatility_63d": None}
    return {"volatility_21d": found.realized_21d, "volatility_63d": found.realized_63d}
