"""Maintenance runs, and the portfolios of all users, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, Index, Integer, Select, String, Text, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.calculations import CalculationRunRow
from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.identity import UserRow
from sigmasight.adapters.postgres.portfolios import PortfolioRepository, PortfolioRow
from sigmasight.adapters.postgres.repository import FLATTENED, EntityRepository
from sigmasight.domain.maintenance.model import (
    UNDER_WAY,
    AllPortfolios,
    BatchProgress,
    MaintenanceReport,
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceRuns,
    OwnedPortfolio,
)
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.portfolio import PortfolioId


class MaintenanceRunRow(DefaultBase):
    """A shared table: portfolios are named by their ids, without a foreign key."""

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

    counts = FLATTENED

    @property
    def portfolio(self) -> tuple[UUID, UUID] | None:
        return _pair(self.portfolio_owner, self.portfolio_id)

    @property
    def after(self) -> tuple[UUID, UUID] | None:
        return _pair(self.after_owner, self.after_id)


class MaintenanceRunRepository(EntityRepository[MaintenanceRunRow, MaintenanceRun]):
    model_type = MaintenanceRunRow
    entity_type = MaintenanceRun

    def values(self, entity: MaintenanceRun) -> dict[str, Any]:
        owner, portfolio = entity.portfolio or (None, None)
        after_owner, after_id = entity.after or (None, None)
        return {
            **super().values(entity),
            "portfolio_owner": owner,
            "portfolio_id": portfolio,
            "after_owner": after_owner,
            "after_id": after_id,
        }


class PostgresMaintenanceRuns(MaintenanceRuns):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._runs = MaintenanceRunRepository(session)

    async def add(self, run: MaintenanceRun) -> None:
        await self._runs.put(run)

    async def claim(self, run: MaintenanceRunId) -> MaintenanceRun | None:
        return await self._runs.find(
            MaintenanceRunRow.id == run,
            MaintenanceRunRow.status.in_(UNDER_WAY),
            with_for_update=True,
        )

    async def put(self, run: MaintenanceRun) -> None:
        await self._runs.put(run)

    async def find(self, run: MaintenanceRunId) -> MaintenanceReport | None:
        found = await self._reports(_reports().where(MaintenanceRunRow.id == run))
        return found[0] if found else None

    async def latest(self, limit: int) -> Sequence[MaintenanceReport]:
        newest = MaintenanceRunRow.created_at.desc(), MaintenanceRunRow.id
        return await self._reports(_reports().order_by(*newest).limit(limit))

    async def _reports(self, reports: Select[Any]) -> Sequence[MaintenanceReport]:
        return [
            MaintenanceReport(
                self._runs.entity(row.MaintenanceRunRow),
                msgspec.convert(row, BatchProgress, from_attributes=True),
                row.email,
            )
            for row in await self._session.execute(reports)
        ]


class PostgresAllPortfolios(AllPortfolios):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self) -> int:
        return await PortfolioRepository(self._session).count(PortfolioRow.deleted_at.is_(None))

    async def find(self, portfolio: PortfolioId) -> OwnedPortfolio | None:
        found = await self._session.execute(_owned().where(PortfolioRow.id == portfolio))
        row = found.one_or_none()
        return None if row is None else msgspec.convert(tuple(row), OwnedPortfolio)

    async def page(self, after: OwnedPortfolio | None, limit: int) -> Sequence[OwnedPortfolio]:
        page = _owned().order_by(PortfolioRow.user_id, PortfolioRow.id).limit(limit)
        if after is not None:
            page = page.where(tuple_(PortfolioRow.user_id, PortfolioRow.id) > tuple_(*after))
        return [
            msgspec.convert(tuple(row), OwnedPortfolio) for row in await self._session.execute(page)
        ]


def _reports() -> Select[Any]:
    """Select runs, each with the progress of its calculations and the operator's address."""
    run = CalculationRunRow
    batch = (
        select(
            *(
                func.count().filter(run.status == status.value).label(status.value)
                for status in RunStatus
            ),
            func.max(run.finished_at).label("last_finished_at"),
        )
        .where(run.batch == MaintenanceRunRow.id)
        .lateral("batch")
    )
    return (
        select(MaintenanceRunRow, UserRow.email, batch)
        .join(UserRow, UserRow.id == MaintenanceRunRow.requested_by)
        .join(batch, true())
        .execution_options(populate_existing=True)
    )


def _owned() -> Select[UUID, UUID]:
    return select(PortfolioRow.user_id, PortfolioRow.id).where(PortfolioRow.deleted_at.is_(None))


def _pair(owner: UUID | None, portfolio: UUID | None) -> tuple[UUID, UUID] | None:
    return (owner, portfolio) if owner and portfolio else None
