"""Calculations of portfolios and their results, over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.calculations.runs import (
    STEPS,
    CalculationNotFoundError,
    CalculationRun,
    CalculationRunningError,
    ReadCalculation,
    StartCalculation,
)
from sigmasight.domain.portfolios.calculations.snapshots import (
    ReadSnapshot,
    RunId,
    Snapshot,
    SnapshotNotFoundError,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.decimals import plain_decimal
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get, post
from sigmasight.entrypoints.http.schemas import build_view


class BatchStatus(StrEnum):
    """The status of a calculation; `idle` is part of the contract but never returned."""

    IDLE = "idle"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class StartedView(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    batch_run_id: UUID
    status: str
    message: str


class ProgressView(msgspec.Struct, frozen=True):
    current: int
    total: int


class BatchStatusView(msgspec.Struct, frozen=True):
    status: BatchStatus
    batch_run_id: UUID
    portfolio_id: UUID
    started_at: datetime
    triggered_by: str
    elapsed_seconds: int
    progress: ProgressView | None
    error: str | None


class SnapshotView(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    as_of: date
    calculated_at: datetime
    market_value: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    gross_exposure: Decimal
    net_exposure: Decimal
    long_exposure: Decimal
    short_exposure: Decimal
    cash: Decimal
    largest_symbol: str | None
    largest_weight: Decimal | None
    concentration: Decimal | None
    volatility: Decimal | None
    beta: Decimal | None
    max_drawdown: Decimal | None
    value_at_risk: Decimal | None
    expected_shortfall: Decimal | None
    coverage: Decimal | None
    history_days: int
    positions: int
    priced_at_entry: int
    without_history: int
    stale_prices: int
    stale_share: Decimal | None
    cost_known_share: Decimal | None
    without_rate: int
    rates_on: date | None
    unsettled: int
    suspected_splits: list[str]
    notes: list[str]


class CalculationController(Controller):
    path = "/portfolios/{portfolio_id:uuid}"
    tags = ["Portfolios"]

    @post(
        "/calculate",
        Access.VALIDATED,
        PortfolioNotFoundError,
        CalculationRunningError,
        status_code=HTTP_200_OK,
    )
    async def calculate(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        start: FromDishka[StartCalculation],
    ) -> StartedView:
        """Start a calculation of one of the caller's portfolios, in the background."""
        run = await start(PortfolioId(portfolio_id), by=user.id)
        return StartedView(
            portfolio_id=run.portfolio_id,
            batch_run_id=run.id,
            status="started",
            message="The calculation has started.",
        )

    @get(
        "/batch-status/{batch_run_id:uuid}",
        Access.SIGNED_IN,
        PortfolioNotFoundError,
        CalculationNotFoundError,
    )
    async def read_batch_status(
        self,
        portfolio_id: FromPath[UUID],
        batch_run_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadCalculation],
        clock: FromDishka[Clock],
    ) -> BatchStatusView:
        """Read the status of a calculation."""
        run = await read(PortfolioId(portfolio_id), RunId(batch_run_id), by=user.id)
        return _status(run, clock.now())

    @get("/snapshot", Access.SIGNED_IN, PortfolioNotFoundError, SnapshotNotFoundError)
    async def read_snapshot(
        self, portfolio_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadSnapshot]
    ) -> SnapshotView:
        """Read the results of a portfolio's last calculation.

        Ratios are fractions. A figure without enough price history is null, and `notes` say so.
        """
        return _snapshot(await read(PortfolioId(portfolio_id), by=user.id))


def _status(run: CalculationRun, now: datetime) -> BatchStatusView:
    return build_view(
        BatchStatusView,
        run,
        status=BatchStatus(run.status.value),
        batch_run_id=run.id,
        elapsed_seconds=int(run.elapsed(now).total_seconds()),
        progress=ProgressView(current=run.steps, total=STEPS),
    )


def _snapshot(snapshot: Snapshot) -> SnapshotView:
    decimals = {
        name: plain_decimal(value)
        for name in SnapshotView.__struct_fields__
        if isinstance(value := getattr(snapshot, name), Decimal)
    }
    return build_view(SnapshotView, snapshot, **decimals)
