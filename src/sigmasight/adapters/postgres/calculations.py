"""Calculations and what they found, in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ColumnElement,
    Date,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, of_portfolio
from sigmasight.adapters.postgres.engine import driver_of
from sigmasight.adapters.postgres.queue import queued
from sigmasight.domain.jobs import JobKind
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.calculations.runs import (
    CalculationRun,
    CalculationRuns,
    RunStatus,
)
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshot, Snapshots
from sigmasight.domain.portfolios.portfolio import PortfolioId

EXACT: Final = Numeric()
"""As exact as the products that a figure sums up, and as large."""
RUNNING: Final = text("status = 'running'")
CLEAR: Final = """
WITH cleared AS (
    DELETE FROM snapshots WHERE ctid = ANY (ARRAY(
        SELECT snapshots.ctid FROM unnest($1::uuid[], $2::uuid[]) AS named (user_id, portfolio_id)
        JOIN snapshots USING (user_id, portfolio_id)
        WHERE calculated_at <= $3
        LIMIT $4
        FOR UPDATE OF snapshots
    ))
    RETURNING run_id
)
SELECT count(*) FROM cleared
"""
"""Locked before they are counted off: those that another takes away meanwhile are not among them.
By where they lie, as by their keys all snapshots would be looked through for each so many."""

GIVE_UP: Final = f"""
WITH given_up AS (
    UPDATE calculation_runs AS run SET status = 'failed', finished_at = $3, error = $4
    FROM unnest($1::uuid[], $2::uuid[]) AS named (user_id, portfolio_id)
    WHERE run.user_id = named.user_id AND run.portfolio_id = named.portfolio_id
    AND run.status = 'running'
    AND NOT {queued(JobKind.CALCULATE, "run.user_id", "run.id")}
    RETURNING run.id
)
SELECT count(*) FROM given_up
"""  # noqa: S608  columns' names
"""One look at both: a run that another transaction begins or ends meanwhile has its job in it."""


class CalculationRunRow(DefaultBase):
    __tablename__ = "calculation_runs"
    __table_args__ = (
        of_portfolio(),
        Index(
            "ix_calculation_runs_running",
            "user_id",
            "portfolio_id",
            unique=True,
            postgresql_where=RUNNING,
        ),
        Index("ix_calculation_runs_batch", "batch", postgresql_where=text("batch IS NOT NULL")),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    status: Mapped[str] = mapped_column(String(20))
    triggered_by: Mapped[str] = mapped_column(String(50))
    batch: Mapped[UUID | None] = mapped_column()
    started_at: Mapped[datetime] = mapped_column(INSTANT)
    finished_at: Mapped[datetime | None] = mapped_column(INSTANT)
    steps: Mapped[int] = mapped_column(Integer)
    tries: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)


class SnapshotRow(DefaultBase):
    __tablename__ = "snapshots"
    __table_args__ = (
        of_portfolio(),
        Index("ix_snapshots_latest", "user_id", "portfolio_id", "calculated_at"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    calculated_at: Mapped[datetime] = mapped_column(INSTANT)
    market_value: Mapped[Decimal] = mapped_column(EXACT)
    unrealized_pnl: Mapped[Decimal] = mapped_column(EXACT)
    realized_pnl: Mapped[Decimal] = mapped_column(EXACT)
    gross_exposure: Mapped[Decimal] = mapped_column(EXACT)
    net_exposure: Mapped[Decimal] = mapped_column(EXACT)
    long_exposure: Mapped[Decimal] = mapped_column(EXACT)
    short_exposure: Mapped[Decimal] = mapped_column(EXACT)
    cash: Mapped[Decimal] = mapped_column(EXACT)
    largest_symbol: Mapped[str | None] = mapped_column(String(100))
    largest_weight: Mapped[Decimal | None] = mapped_column(EXACT)
    concentration: Mapped[Decimal | None] = mapped_column(EXACT)
    volatility: Mapped[Decimal | None] = mapped_column(EXACT)
    beta: Mapped[Decimal | None] = mapped_column(EXACT)
    max_drawdown: Mapped[Decimal | None] = mapped_column(EXACT)
    value_at_risk: Mapped[Decimal | None] = mapped_column(EXACT)
    history_days: Mapped[int] = mapped_column(Integer)
    positions: Mapped[int] = mapped_column(Integer)
    priced_at_entry: Mapped[int] = mapped_column(Integer)
    without_history: Mapped[int] = mapped_column(Integer)


class PostgresCalculationRuns(CalculationRuns):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(self, runs: Sequence[CalculationRun]) -> Sequence[CalculationRun]:
        started = await self._session.scalars(
            insert(CalculationRunRow)
            .on_conflict_do_nothing(index_elements=["user_id", "portfolio_id"], index_where=RUNNING)
            .returning(CalculationRunRow.id),
            [_values(run) for run in runs],
        )
        ids = set(started)
        return [run for run in runs if run.id in ids]

    async def find(self, user: UserId, run: RunId) -> CalculationRun | None:
        row = await self._session.get(CalculationRunRow, (user, run), populate_existing=True)
        return None if row is None else _run(row)

    async def claim(self, user: UserId, run: RunId) -> CalculationRun | None:
        return await self._claimed(user, CalculationRunRow.id == run)

    async def claim_running(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        return await self._claimed(user, CalculationRunRow.portfolio_id == portfolio)

    async def fail_orphaned(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, at: datetime, reason: str
    ) -> int:
        driver = await driver_of(self._session)
        owners, ids = _columns(portfolios)
        return cast("int", await driver.fetchval(GIVE_UP, owners, ids, at, reason))

    async def put(self, run: CalculationRun) -> None:
        await self._session.execute(update(CalculationRunRow), [_values(run)])

    async def _claimed(self, user: UserId, one: ColumnElement[bool]) -> CalculationRun | None:
        row = await self._session.scalar(
            select(CalculationRunRow)
            .where(CalculationRunRow.user_id == user, one, RUNNING)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return None if row is None else _run(row)


class PostgresSnapshots(Snapshots):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user: UserId, run: RunId, snapshot: Snapshot) -> None:
        await self._session.execute(
            insert(SnapshotRow)
            .values(user_id=user, run_id=run, **asdict(snapshot))
            .on_conflict_do_nothing()
        )

    async def latest(self, user: UserId, portfolio: PortfolioId) -> Snapshot | None:
        row = await self._session.scalar(
            select(SnapshotRow)
            .where(SnapshotRow.user_id == user, SnapshotRow.portfolio_id == portfolio)
            .order_by(SnapshotRow.calculated_at.desc())
            .limit(1)
        )
        return None if row is None else snapshot_of(row)

    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime, limit: int
    ) -> int:
        driver = await driver_of(self._session)
        owners, ids = _columns(portfolios)
        return cast("int", await driver.fetchval(CLEAR, owners, ids, until, limit))


def snapshot_of(row: SnapshotRow) -> Snapshot:
    return Snapshot(**{each.name: getattr(row, each.name) for each in fields(Snapshot)})


def _columns(portfolios: Sequence[tuple[UserId, PortfolioId]]) -> tuple[list[UUID], list[UUID]]:
    return [owner for owner, _ in portfolios], [portfolio for _, portfolio in portfolios]


def _values(run: CalculationRun) -> dict[str, Any]:
    return {**asdict(run), "status": run.status.value}


def _run(row: CalculationRunRow) -> CalculationRun:
    values = {each.name: getattr(row, each.name) for each in fields(CalculationRun)}
    return CalculationRun(**{**values, "status": RunStatus(row.status)})
