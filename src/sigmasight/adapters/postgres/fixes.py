"""What operators asked for, and everybody's portfolios, in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Text,
    func,
    insert,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.calculations import CalculationRunRow
from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.identity import UserRow
from sigmasight.adapters.postgres.portfolios import PortfolioRow
from sigmasight.domain.kernel import UserId
from sigmasight.domain.maintenance.model import (
    UNDER_WAY,
    AllPortfolios,
    BatchProgress,
    MaintenanceCounts,
    MaintenanceReport,
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceRuns,
    MaintenanceStatus,
    MaintenanceTask,
    OwnedPortfolio,
)
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.portfolio import PortfolioId


class FixRow(DefaultBase):
    """Of the system, not of a user: `requested_by` and the portfolios are named by their ids."""

    __tablename__ = "fixes"
    __table_args__ = (Index("ix_fixes_created_at", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(String(30))
    portfolio_owner: Mapped[UUID | None] = mapped_column()
    portfolio_id: Mapped[UUID | None] = mapped_column()
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    started_at: Mapped[datetime | None] = mapped_column(INSTANT)
    completed_at: Mapped[datetime | None] = mapped_column(INSTANT)
    status: Mapped[str] = mapped_column(String(20))
    portfolios: Mapped[int] = mapped_column(Integer)
    stages_done: Mapped[int] = mapped_column(Integer)
    seen: Mapped[int] = mapped_column(Integer)
    after_owner: Mapped[UUID | None] = mapped_column()
    after_id: Mapped[UUID | None] = mapped_column()
    snapshots_cleared: Mapped[int] = mapped_column(Integer)
    calculations_given_up: Mapped[int] = mapped_column(Integer)
    portfolios_seeded: Mapped[int] = mapped_column(Integer)
    calculations_started: Mapped[int] = mapped_column(Integer)
    calculations_skipped: Mapped[int] = mapped_column(Integer)
    seeding_refused: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)


AS_IT_IS: Final = {each.name for each in fields(MaintenanceRun)}.intersection(
    FixRow.__table__.columns.keys()
)
"""What a row and a fix have in common."""
TALLIED: Final = [each.name for each in fields(MaintenanceCounts)]
COUNTED: Final = [each.name for each in fields(BatchProgress)]


class PostgresMaintenanceRuns(MaintenanceRuns):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, fix: MaintenanceRun) -> None:
        await self._session.execute(insert(FixRow).values(**_values(fix)))

    async def claim(self, fix: MaintenanceRunId) -> MaintenanceRun | None:
        row = await self._session.scalar(
            select(FixRow)
            .where(FixRow.id == fix, FixRow.status.in_(UNDER_WAY))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return None if row is None else _fix(row)

    async def put(self, fix: MaintenanceRun) -> None:
        await self._session.execute(update(FixRow), [_values(fix)])

    async def find(self, fix: MaintenanceRunId) -> MaintenanceReport | None:
        found = await self._session.execute(_reports().where(FixRow.id == fix))
        row = found.one_or_none()
        return None if row is None else _report(row)

    async def latest(self, limit: int) -> Sequence[MaintenanceReport]:
        found = await self._session.execute(
            _reports().order_by(FixRow.created_at.desc(), FixRow.id).limit(limit)
        )
        return [_report(row) for row in found]


class PostgresAllPortfolios(AllPortfolios):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self) -> int:
        counted = await self._session.scalar(
            select(func.count()).where(PortfolioRow.deleted_at.is_(None))
        )
        return counted or 0

    async def find(self, portfolio: PortfolioId) -> OwnedPortfolio | None:
        found = await self._session.execute(_owned().where(PortfolioRow.id == portfolio))
        row = found.one_or_none()
        return None if row is None else _portfolio(*row)

    async def page(self, after: OwnedPortfolio | None, limit: int) -> Sequence[OwnedPortfolio]:
        page = _owned().order_by(PortfolioRow.user_id, PortfolioRow.id).limit(limit)
        if after is not None:
            page = page.where(tuple_(PortfolioRow.user_id, PortfolioRow.id) > tuple_(*after))
        return [_portfolio(*row) for row in await self._session.execute(page)]


def _reports() -> Select[Any]:
    """Select fixes, each with how its calculations stand and the address of who asked for it."""
    run = CalculationRunRow
    batch = (
        select(
            *(
                func.count().filter(run.status == status.value).label(status.value)
                for status in RunStatus
            ),
            func.max(run.finished_at).label("last_finished_at"),
        )
        .where(run.batch == FixRow.id)
        .lateral("batch")
    )
    return (
        select(FixRow, UserRow.email, batch)
        .join(UserRow, UserRow.id == FixRow.requested_by)
        .join(batch, true())
        .execution_options(populate_existing=True)
    )


def _owned() -> Select[UUID, UUID]:
    return select(PortfolioRow.user_id, PortfolioRow.id).where(PortfolioRow.deleted_at.is_(None))


def _portfolio(owner: UUID, portfolio: UUID) -> OwnedPortfolio:
    return OwnedPortfolio(UserId(owner), PortfolioId(portfolio))


def _report(row: Row[Any]) -> MaintenanceReport:
    batch = BatchProgress(**{name: getattr(row, name) for name in COUNTED})
    return MaintenanceReport(_fix(row.FixRow), batch, row.email)


def _fix(row: FixRow) -> MaintenanceRun:
    return MaintenanceRun(
        **{name: getattr(row, name) for name in AS_IT_IS}
        | {
            "task": MaintenanceTask(row.task),
            "status": MaintenanceStatus(row.status),
            "portfolio": _place(row.portfolio_owner, row.portfolio_id),
            "after": _place(row.after_owner, row.after_id),
            "counts": MaintenanceCounts(**{name: getattr(row, name) for name in TALLIED}),
        }
    )


def _place(owner: UUID | None, portfolio: UUID | None) -> OwnedPortfolio | None:
    return _portfolio(owner, portfolio) if owner and portfolio else None


def _values(fix: MaintenanceRun) -> dict[str, Any]:
    owner, portfolio = fix.portfolio or (None, None)
    after_owner, after_id = fix.after or (None, None)
    return {
        **{name: getattr(fix, name) for name in AS_IT_IS},
        **asdict(fix.counts),
        "task": fix.task.value,
        "status": fix.status.value,
        "portfolio_owner": owner,
        "portfolio_id": portfolio,
        "after_owner": after_owner,
        "after_id": after_id,
    }
