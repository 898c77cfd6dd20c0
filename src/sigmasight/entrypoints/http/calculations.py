"""Calculations of portfolios, and what they found, over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
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


class BatchStatus(StrEnum):
    """How far a calculation is; `idle` is the contract's, and never said of one there is."""

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
    elapsed_seconds: float
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
    history_days: int
    positions: int
    priced_at_entry: int
    without_history: int
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
        """Have one of the caller's portfolios calculated; a worker does it."""
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
    async def batch_status(
        self,
        portfolio_id: FromPath[UUID],
        batch_run_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadCalculation],
        clock: FromDishka[Clock],
    ) -> BatchStatusView:
        """Read how far a calculation is."""
        run = await read(PortfolioId(portfolio_id), RunId(batch_run_id), by=user.id)
        return _status(run, clock.now())

    @get("/snapshot", Access.SIGNED_IN, PortfolioNotFoundError, SnapshotNotFoundError)
    async def read_snapshot(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadSnapshot],
    ) -> SnapshotView:
        """Read the figures of a portfolio as they were last calculated.

        Ratios are fractions. What there is too little price history for is null; `notes` say so.
        """
        return _snapshot(await read(PortfolioId(portfolio_id), by=user.id))


def _status(run: CalculationRun, now: datetime) -> BatchStatusView:
    return BatchStatusView(
        status=BatchStatus(run.status.value),
        batch_run_id=run.id,
        portfolio_id=run.portfolio_id,
        started_at=run.started_at,
        triggered_by=run.triggered_by,
        elapsed_seconds=run.elapsed(now).total_seconds(),
        progress=ProgressView(current=run.steps, total=STEPS),
        error=run.error,
    )


def _snapshot(snapshot: Snapshot) -> SnapshotView:
    figures: dict[str, Any] = {
        name: plain_decimal(value)
        if isinstance(value := getattr(snapshot, name), Decimal)
        else value
        for name in SnapshotView.__struct_fields__
        if name != "notes"
    }
    return SnapshotView(**figures, notes=list(snapshot.notes))
