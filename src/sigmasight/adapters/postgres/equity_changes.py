"""Equity changes in Postgres."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ColumnElement,
    Date,
    Index,
    Numeric,
    String,
    and_,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW, portfolio_foreign_key
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.equity_changes.model import (
    CashFlow,
    ChangeType,
    EquityChange,
    EquityChangeFilter,
    EquityChangeId,
    EquityChanges,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId


class EquityChangeRow(DefaultBase):
    __tablename__ = "equity_changes"
    __table_args__ = (
        portfolio_foreign_key(),
        Index(
            "ix_equity_changes_portfolio",
            "user_id",
            "portfolio_id",
            "change_date",
            "created_at",
            "id",
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    change_type: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    change_date: Mapped[date] = mapped_column(Date)
    notes: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)


class EquityChangeRepository(EntityRepository[EquityChangeRow, EquityChange]):
    model_type = EquityChangeRow
    entity_type = EquityChange
    ordering: ClassVar[Ordering] = [
        (EquityChangeRow.change_date, True),
        (EquityChangeRow.created_at, True),
        (EquityChangeRow.id, True),
    ]


class PostgresEquityChanges(EquityChanges):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._changes = EquityChangeRepository(session)

    async def find(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange | None:
        return await self._changes.find(
            *_matching(user, portfolio, EquityChangeFilter()), EquityChangeRow.id == change
        )

    async def put(self, change: EquityChange) -> None:
        await self._changes.put(change)

    async def page(
        self,
        user: UserId,
        portfolio: PortfolioId,
        span: EquityChangeFilter,
        *,
        limit: int,
        offset: int,
    ) -> Page[EquityChange]:
        return await self._changes.find_page(
            *_matching(user, portfolio, span), limit=limit, offset=offset
        )

    async def flows(
        self, user: UserId, portfolio: PortfolioId, since: Collection[date]
    ) -> Mapping[date, CashFlow]:
        days = func.unnest(literal(list(since), ARRAY(Date)))
        starts = days.table_valued(column("day", Date), name="starts").render_derived()
        start = starts.c.day
        rows = await self._session.execute(
            select(start, _total(ChangeType.CONTRIBUTION), _total(ChangeType.WITHDRAWAL))
            .select_from(starts)
            .outerjoin(
                EquityChangeRow,
                and_(
                    *_matching(user, portfolio, EquityChangeFilter()),
                    EquityChangeRow.change_date >= start,
                ),
            )
            .group_by(start)
        )
        return {day: CashFlow(paid_in, paid_out) for day, paid_in, paid_out in rows}

    async def flows_by_day(
        self, user: UserId, portfolio: PortfolioId, since: date
    ) -> Mapping[date, CashFlow]:
        day = EquityChangeRow.change_date
        rows = await self._session.execute(
            select(day, _total(ChangeType.CONTRIBUTION), _total(ChangeType.WITHDRAWAL))
            .where(*_matching(user, portfolio, EquityChangeFilter(start=since)))
            .group_by(day)
        )
        return {day: CashFlow(paid_in, paid_out) for day, paid_in, paid_out in rows}


def _total(change_type: ChangeType) -> ColumnElement[Decimal]:
    amounts = func.sum(EquityChangeRow.amount)
    return func.coalesce(amounts.filter(EquityChangeRow.change_type == change_type), Decimal(0))


def _matching(
    user: UserId, portfolio: PortfolioId, span: EquityChangeFilter
) -> tuple[ColumnElement[bool], ...]:
    wanted = [EquityChangeRow.user_id == user, EquityChangeRow.portfolio_id == portfolio]
    if not span.include_deleted:
        wanted.append(EquityChangeRow.deleted_at.is_(None))
    if span.start is not None:
        wanted.append(EquityChangeRow.change_date >= span.start)
    if span.end is not None:
        wanted.append(EquityChangeRow.change_date <= span.end)
    return tuple(wanted)
