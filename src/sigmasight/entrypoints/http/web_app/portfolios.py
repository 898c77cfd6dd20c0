"""Portfolios and their overview, as the web app's Home and Command Center read them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.analytics.factors import Factor
from sigmasight.domain.portfolios.calculations.use_cases import (
    ReadSnapshotSummary,
    SnapshotSummary,
)
from sigmasight.domain.portfolios.overview import Overview, ReadOverview
from sigmasight.domain.portfolios.portfolio import (
    AccountType,
    Portfolio,
    PortfolioId,
    PortfolioNotFoundError,
    ReadPortfolios,
)
from sigmasight.domain.portfolios.target_prices.analytics import TargetPriceSummary
from sigmasight.entrypoints.http.decimals import number, percent
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view


class PortfolioSummaryView(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    account_name: str
    account_type: AccountType
    description: str | None
    currency: str
    net_asset_value: float
    total_value: float
    equity_balance: float | None
    total_market_value: float
    position_count: int
    is_active: bool
    created_at: datetime
    updated_at: datetime


class ExposuresView(msgspec.Struct, frozen=True):
    """Percentages of net asset value, with one decimal; `short_exposure` is not above 0."""

    long_exposure: float
    short_exposure: float
    gross_exposure: float
    net_exposure: float
    long_percentage: float
    short_percentage: float
    gross_percentage: float
    net_percentage: float


class PnlView(msgspec.Struct, frozen=True):
    """Null without a snapshot from before the year or the month."""

    total_pnl: float
    unrealized_pnl: float
    realized_pnl: float
    ytd_pnl: float | None
    mtd_pnl: float | None


class PositionCountView(msgspec.Struct, frozen=True):
    """Options are neither long nor short."""

    total_positions: int
    long_count: int
    short_count: int
    option_count: int


class TargetReturnsView(msgspec.Struct, frozen=True):
    """Percent of net asset value."""

    expected_return_eoy: float | None
    expected_return_next_year: float | None
    downside_return: float | None
    coverage_pct: float
    positions_with_targets: int
    total_positions: int
    last_updated: datetime | None


class OverviewView(msgspec.Struct, frozen=True):
    """`leverage` is gross exposure over net asset value; 0 if that is not above 0."""

    portfolio_id: UUID
    currency: str
    net_asset_value: float
    total_value: float
    equity_balance: float
    cash_balance: float
    leverage: float
    exposures: ExposuresView
    pnl: PnlView
    position_count: PositionCountView
    target_returns: TargetReturnsView | None
    last_updated: datetime


class SnapshotSummaryView(msgspec.Struct, frozen=True, kw_only=True):
    """Nulls before the first calculation. Target returns are percent of net asset value."""

    portfolio_id: UUID
    snapshot_date: date | None = None
    daily_pnl: float | None = None
    daily_return: float | None = None
    beta_calculated_90d: float | None = None
    beta_provider_1y: float | None = None
    target_price_return_eoy: float
    target_price_return_next_year: float
    target_price_coverage_pct: float
    target_price_positions_count: int
    target_price_total_positions: int
    target_price_last_updated: datetime | None


class WebAppPortfolioController(Controller):
    tags = ["Web app"]

    @get("/data/portfolios", Access.SIGNED_IN)
    async def list_active_portfolios(
        self, user: FromDishka[User], read: FromDishka[ReadPortfolios]
    ) -> list[PortfolioSummaryView]:
        """List the caller's active portfolios, oldest first."""
        return [_summary(each) for each in await read.all(by=user.id, include_inactive=False)]

    @get(
        "/analytics/portfolio/{portfolio_id:uuid}/overview",
        Access.SIGNED_IN,
        PortfolioNotFoundError,
    )
    async def read_overview(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadOverview],
        clock: FromDishka[Clock],
    ) -> OverviewView:
        """Read a portfolio's value, exposures and profit at the latest prices."""
        return _overview(await read(PortfolioId(portfolio_id), by=user.id), clock.now())

    @get("/data/portfolio/{portfolio_id:uuid}/snapshot", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_snapshot_summary(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadSnapshotSummary],
    ) -> SnapshotSummaryView:
        """Read the last calculation's daily figures and betas, with the present target returns."""
        return _snapshot(portfolio_id, await read(PortfolioId(portfolio_id), by=user.id))


def _snapshot(portfolio_id: UUID, found: SnapshotSummary) -> SnapshotSummaryView:
    snapshot, targets = found.snapshot, found.targets
    return SnapshotSummaryView(
        portfolio_id=portfolio_id,
        snapshot_date=snapshot.as_of if snapshot else None,
        daily_pnl=number(snapshot.daily_pnl) if snapshot else None,
        daily_return=number(snapshot.daily_return) if snapshot else None,
        beta_calculated_90d=found.beta(Factor.MARKET),
        beta_provider_1y=found.beta(Factor.PROVIDER),
        target_price_return_eoy=percent(targets.weighted_expected_return_eoy) or 0.0,
        target_price_return_next_year=percent(targets.weighted_expected_return_next_year) or 0.0,
        target_price_coverage_pct=float(targets.covered_positions * 100),
        target_price_positions_count=targets.positions_with_targets,
        target_price_total_positions=targets.total_positions,
        target_price_last_updated=targets.last_updated,
    )


def _summary(portfolio: Portfolio) -> PortfolioSummaryView:
    value = float(portfolio.net_asset_value)
    return build_view(
        PortfolioSummaryView,
        portfolio,
        portfolio.terms,
        net_asset_value=value,
        total_value=value,
        equity_balance=number(portfolio.terms.equity_balance),
        total_market_value=float(portfolio.holdings.market_value),
        position_count=portfolio.holdings.count,
    )


def _overview(overview: Overview, now: datetime) -> OverviewView:
    value = float(overview.net_asset_value)
    returns = overview.target_returns
    return OverviewView(
        portfolio_id=overview.portfolio.id,
        currency=overview.portfolio.terms.currency,
        net_asset_value=value,
        total_value=value,
        equity_balance=value,
        cash_balance=float(overview.cash_balance),
        leverage=float(overview.fraction(overview.gross_exposure)),
        exposures=_exposures(overview),
        pnl=PnlView(
            total_pnl=float(overview.total_pnl),
            unrealized_pnl=float(overview.unrealized_pnl),
            realized_pnl=float(overview.realized_pnl),
            ytd_pnl=number(overview.pnl_since(overview.year)),
            mtd_pnl=number(overview.pnl_since(overview.month)),
        ),
        position_count=PositionCountView(
            len(overview.positions),
            overview.long_count,
            overview.short_count,
            overview.option_count,
        ),
        target_returns=None if returns is None else _target_returns(returns),
        last_updated=now,
    )


def _exposures(overview: Overview) -> ExposuresView:
    def share(value: Decimal) -> float:
        return round(float(overview.fraction(value) * 100), 1)

    long, short = overview.long_exposure, overview.short_exposure
    gross, net = overview.gross_exposure, overview.net_exposure
    return ExposuresView(
        *map(float, (long, short, gross, net)), *map(share, (long, abs(short), gross, net))
    )


def _target_returns(summary: TargetPriceSummary) -> TargetReturnsView:
    return build_view(
        TargetReturnsView,
        summary,
        expected_return_eoy=percent(summary.weighted_expected_return_eoy),
        expected_return_next_year=percent(summary.weighted_expected_return_next_year),
        downside_return=percent(summary.weighted_downside_return),
        coverage_pct=float(summary.covered_positions * 100),
    )
