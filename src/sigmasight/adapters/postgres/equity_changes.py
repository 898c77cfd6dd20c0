"""Equity changes in Postgres."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ColumnElement,
    Date,
    Index,
    Numeric,
    String,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW, of_portfolio
from sigmasight.adapters.postgres.engine import driver_of
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

FLOWS: Final = """
SELECT since,
    coalesce(sum(amount) FILTER (WHERE change_type = 'CONTRIBUTION'), 0) AS contributions,
    coalesce(sum(amount) FILTER (WHERE change_type = 'WITHDRAWAL'), 0) AS withdrawals
FROM unnest($3::date[]) AS since
LEFT JOIN equity_changes AS changes ON user_id = $1 AND portfolio_id = $2
    AND deleted_at IS NULL AND change_date >= since
GROUP BY since
"""


class EquityChangeRow(DefaultBase):
    __tablename__ = "equity_changes"
    __table_args__ = (
        of_portfolio(),
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


COLUMNS: Final = tuple(EquityChangeRow.__table__.columns.keys())


class PostgresEquityChanges(EquityChanges):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange | None:
        row = await self._session.scalar(
            select(EquityChangeRow).where(
                *_of(user, portfolio, EquityChangeFilter()), EquityChangeRow.id == change
            )
        )
        return None if row is None else _change(row)

    async def put(self, change: EquityChange) -> None:
        adding = insert(EquityChangeRow)
        changing = adding.on_conflict_do_update(
            index_elements=[EquityChangeRow.user_id, EquityChangeRow.id],
            set_={
                each.name: each for each in adding.excluded if each.name not in {"user_id", "id"}
            },
        )
        values = {name: getattr(change, name) for name in COLUMNS}
        await self._session.execute(changing, [values])

    async def page(
        self,
        user: UserId,
        portfolio: PortfolioId,
        span: EquityChangeFilter,
        *,
        limit: int,
        offset: int,
    ) -> Page[EquityChange]:
        wanted = _of(user, portfolio, span)
        rows = await self._session.scalars(
            select(EquityChangeRow)
            .where(*wanted)
            .order_by(
                EquityChangeRow.change_date.desc(),
                EquityChangeRow.created_at.desc(),
                EquityChangeRow.id.desc(),
            )
            .limit(limit)
            .offset(offset)
        )
        total = await self._session.scalar(
            select(func.count()).select_from(EquityChangeRow).where(*wanted)
        )
        return Page([_change(row) for row in rows], total or 0)

    async def flows(
        self, user: UserId, portfolio: PortfolioId, since: Collection[date]
    ) -> Mapping[date, CashFlow]:
        driver = await driver_of(self._session)
        rows = await driver.fetch(FLOWS, user, portfolio, list(since))
        return {row["since"]: CashFlow(row["contributions"], row["withdrawals"]) for row in rows}


def _of(
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


def _change(row: EquityChangeRow) -> EquityChange:
    return EquityChange(
        id=EquityChangeId(row.id),
        user_id=UserId(row.user_id),
        portfolio_id=PortfolioId(row.portfolio_id),
        change_type=ChangeType(row.change_type),
        amount=row.amount,
        change_date=row.change_date,
        notes=row.notes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
