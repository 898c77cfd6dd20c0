"""Calculation runs and snapshots in Postgres."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import (
    ColumnElement,
    Date,
    Index,
    Integer,
    Numeric,
    String,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    any_,
    column,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, portfolio_foreign_key
from sigmasight.adapters.postgres.queue import queued
from sigmasight.adapters.postgres.repository import UNSYNCHRONIZED, EntityRepository, Ordering
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


class CalculationRunRow(DefaultBase):
    __tablename__ = "calculation_runs"
    __table_args__ = (
        portfolio_foreign_key(),
        Index(
            "ix_calculation_runs_running",
            "user_id",
            "portfolio_id",
            unique=True,
            postgresql_where=RUNNING,
        ),
        Index("ix_calculation_runs_latest", "user_id", "portfolio_id", "started_at", "id"),
        Index("ix_calculation_runs_id", "id"),
        Index("ix_calculation_runs_started_at", "started_at"),
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
    log: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))


class SnapshotRow(DefaultBase):
    __tablename__ = "snapshots"
    __table_args__ = (
        portfolio_foreign_key(),
        Index("ix_snapshots_latest", "user_id", "portfolio_id", "calculated_at"),
        Index("ix_snapshots_expired", "calculated_at", postgresql_using="brin"),
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
    expected_shortfall: Mapped[Decimal | None] = mapped_column(EXACT)
    coverage: Mapped[Decimal | None] = mapped_column(EXACT)
    stale_prices: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    stale_share: Mapped[Decimal | None] = mapped_column(EXACT)
    cost_known_share: Mapped[Decimal | None] = mapped_column(EXACT)
    without_rate: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rates_on: Mapped[date | None] = mapped_column(Date)
    unsettled: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    suspected_splits: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    daily_pnl: Mapped[Decimal | None] = mapped_column(EXACT)
    daily_return: Mapped[Decimal | None] = mapped_column(EXACT)


class CalculationRunRepository(EntityRepository[CalculationRunRow, CalculationRun]):
    model_type = CalculationRunRow
    entity_type = CalculationRun


class PostgresCalculationRuns(CalculationRuns):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._runs = CalculationRunRepository(session)

    async def start(self, runs: Sequence[CalculationRun]) -> Sequence[CalculationRun]:
        started = await self._session.scalars(
            insert(CalculationRunRow)
            .on_conflict_do_nothing(index_elements=["user_id", "portfolio_id"], index_where=RUNNING)
            .returning(CalculationRunRow.id),
            [self._runs.values(run) for run in runs],
        )
        ids = set(started)
        return [run for run in runs if run.id in ids]

    async def find(self, user: UserId, run: RunId) -> CalculationRun | None:
        return await self._runs.find(CalculationRunRow.user_id == user, CalculationRunRow.id == run)

    async def latest(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        found = await self._runs.find_all(
            CalculationRunRow.user_id == user,
            CalculationRunRow.portfolio_id == portfolio,
            LimitOffset(1, 0),
            order_by=[(CalculationRunRow.started_at, True), (CalculationRunRow.id, True)],
        )
        return found[0] if found else None

    async def claim(self, user: UserId, run: RunId) -> CalculationRun | None:
        return await self._claimed(user, CalculationRunRow.id == run)

    async def claim_running(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        return await self._claimed(user, CalculationRunRow.portfolio_id == portfolio)

    async def fail_orphaned(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, at: datetime, reason: str
    ) -> int:
        named = named_portfolios(portfolios)
        failed: Any = await self._session.execute(
            update(CalculationRunRow)
            .where(
                CalculationRunRow.user_id == named.c.user_id,
                CalculationRunRow.portfolio_id == named.c.portfolio_id,
                CalculationRunRow.status == RunStatus.RUNNING.value,
                ~queued(JobKind.CALCULATE, CalculationRunRow.user_id, CalculationRunRow.id),
            )
            .values(status=RunStatus.FAILED.value, finished_at=at, error=reason),
            execution_options=UNSYNCHRONIZED,
        )
        return int(failed.rowcount)

    async def put(self, run: CalculationRun) -> None:
        await self._runs.put(run)

    async def _claimed(self, user: UserId, one: ColumnElement[bool]) -> CalculationRun | None:
        return await self._runs.find(
            CalculationRunRow.user_id == user,
            one,
            CalculationRunRow.status == RunStatus.RUNNING.value,
            with_for_update=True,
        )


class SnapshotRepository(EntityRepository[SnapshotRow, Snapshot]):
    model_type = SnapshotRow
    entity_type = Snapshot
    ordering: ClassVar[Ordering] = [(SnapshotRow.calculated_at, True)]


class PostgresSnapshots(Snapshots):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._snapshots = SnapshotRepository(session)

    async def add(self, user: UserId, run: RunId, snapshot: Snapshot) -> None:
        values = {**self._snapshots.values(snapshot), "user_id": user, "run_id": run}
        await self._session.execute(insert(SnapshotRow).on_conflict_do_nothing(), [values])

    async def latest(self, user: UserId, portfolio: PortfolioId) -> Snapshot | None:
        found = await self._snapshots.find_all(
            SnapshotRow.user_id == user, SnapshotRow.portfolio_id == portfolio, LimitOffset(1, 0)
        )
        return found[0] if found else None

    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime, limit: int
    ) -> int:
        # Locked before they are counted, so that none is among them that another just deleted.
        # By their place in the table: by their keys, every snapshot would be read each time.
        place: ColumnElement[str] = literal_column("snapshots.ctid")
        named = named_portfolios(portfolios)
        places = (
            select(place)
            .select_from(named)
            .join(
                SnapshotRow,
                and_(
                    SnapshotRow.user_id == named.c.user_id,
                    SnapshotRow.portfolio_id == named.c.portfolio_id,
                ),
            )
            .where(SnapshotRow.calculated_at <= until)
            .limit(limit)
            .with_for_update(of=SnapshotRow)
        )
        return await self._snapshots.remove(place == any_(func.array(places.scalar_subquery())))


def named_portfolios(portfolios: Sequence[tuple[UserId, PortfolioId]]) -> TableValuedAlias:
    """Return portfolios as a table of their owners and ids."""
    owners = literal([owner for owner, _ in portfolios], ARRAY(Uuid()))
    ids = literal([portfolio for _, portfolio in portfolios], ARRAY(Uuid()))
    return (
        func.unnest(owners, ids)
        .table_valued(column("user_id", Uuid()), column("portfolio_id", Uuid()), name="named")
        .render_derived()
    )
