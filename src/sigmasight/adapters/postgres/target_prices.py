"""Target prices in Postgres."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    delete,
    exists,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW, of_portfolio
from sigmasight.adapters.postgres.positions import FIGURE, PORTFOLIOS
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import PositionId, PositionType
from sigmasight.domain.portfolios.target_prices.model import (
    TargetPrice,
    TargetPriceId,
    TargetPrices,
)


class TargetPriceRow(DefaultBase):
    __tablename__ = "target_prices"
    __table_args__ = (
        of_portfolio(),
        ForeignKeyConstraint(
            ["user_id", "position_id"], ["positions.user_id", "positions.id"], ondelete="CASCADE"
        ),
        Index(
            "ix_target_prices_subject",
            "user_id",
            "portfolio_id",
            "symbol",
            "position_type",
            unique=True,
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    position_id: Mapped[UUID | None] = mapped_column()
    symbol: Mapped[str] = mapped_column(String(100))
    position_type: Mapped[str] = mapped_column(String(10))
    """Empty for any, so that there is one of those too."""
    target_price_eoy: Mapped[Decimal | None] = mapped_column(FIGURE)
    target_price_next_year: Mapped[Decimal | None] = mapped_column(FIGURE)
    downside_target_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    current_price: Mapped[Decimal] = mapped_column(Numeric())
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


COLUMNS = tuple(TargetPriceRow.__table__.columns.keys())


class PostgresTargetPrices(TargetPrices):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, user: UserId, target: TargetPriceId) -> TargetPrice | None:
        row = await self._session.scalar(
            select(TargetPriceRow).where(*_of(user), TargetPriceRow.id == target)
        )
        return None if row is None else _target(row)

    async def list(self, user: UserId, portfolio: PortfolioId) -> Sequence[TargetPrice]:
        rows = await self._session.scalars(
            select(TargetPriceRow)
            .where(*_of(user), TargetPriceRow.portfolio_id == portfolio)
            .order_by(TargetPriceRow.symbol.collate("C"), TargetPriceRow.position_type)
            .execution_options(populate_existing=True)
        )
        return [_target(row) for row in rows]

    async def put(self, targets: Collection[TargetPrice]) -> None:
        if not targets:
            return
        adding = insert(TargetPriceRow)
        changing = adding.on_conflict_do_update(
            index_elements=[TargetPriceRow.user_id, TargetPriceRow.id],
            set_={
                each.name: each for each in adding.excluded if each.name not in {"user_id", "id"}
            },
        )
        await self._session.execute(changing, [_values(target) for target in targets])

    async def remove(self, user: UserId, target: TargetPriceId) -> None:
        await self._session.execute(
            delete(TargetPriceRow).where(
                TargetPriceRow.user_id == user, TargetPriceRow.id == target
            )
        )


def _of(user: UserId) -> tuple[ColumnElement[bool], ...]:
    portfolio_is_there = exists().where(
        PORTFOLIOS.c.user_id == TargetPriceRow.user_id,
        PORTFOLIOS.c.id == TargetPriceRow.portfolio_id,
        PORTFOLIOS.c.deleted_at.is_(None),
    )
    return TargetPriceRow.user_id == user, portfolio_is_there


def _target(row: TargetPriceRow) -> TargetPrice:
    return TargetPrice(
        id=TargetPriceId(row.id),
        user_id=UserId(row.user_id),
        portfolio_id=PortfolioId(row.portfolio_id),
        position_id=None if row.position_id is None else PositionId(row.position_id),
        symbol=row.symbol,
        position_type=PositionType(row.position_type) if row.position_type else None,
        target_price_eoy=row.target_price_eoy,
        target_price_next_year=row.target_price_next_year,
        downside_target_price=row.downside_target_price,
        current_price=row.current_price,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _values(target: TargetPrice) -> dict[str, Any]:
    return {
        **{name: getattr(target, name) for name in COLUMNS},
        "position_type": target.position_type or "",
    }
