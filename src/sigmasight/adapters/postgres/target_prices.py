"""Target prices in Postgres."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ColumnElement,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    TypeDecorator,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import (
    INSTANT,
    NOW,
    in_existing_portfolio,
    portfolio_foreign_key,
)
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.target_prices.model import (
    TargetPrice,
    TargetPriceId,
    TargetPrices,
)


class AnyOrPositionType(TypeDecorator[str]):
    """An empty text for None, so that the unique index has one of those too."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        del dialect
        return value or ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return value or None


FIGURE: Final = Numeric(18, 6)


class TargetPriceRow(DefaultBase):
    __tablename__ = "target_prices"
    __table_args__ = (
        portfolio_foreign_key(),
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
    position_type: Mapped[str | None] = mapped_column(AnyOrPositionType, nullable=False)
    target_price_eoy: Mapped[Decimal | None] = mapped_column(FIGURE)
    target_price_next_year: Mapped[Decimal | None] = mapped_column(FIGURE)
    downside_target_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    current_price: Mapped[Decimal] = mapped_column(Numeric())
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class TargetPriceRepository(EntityRepository[TargetPriceRow, TargetPrice]):
    model_type = TargetPriceRow
    entity_type = TargetPrice
    ordering: ClassVar[Ordering] = [
        TargetPriceRow.symbol.collate("C").asc(),
        (TargetPriceRow.position_type, False),
    ]


class PostgresTargetPrices(TargetPrices):
    def __init__(self, session: AsyncSession) -> None:
        self._targets = TargetPriceRepository(session)

    async def find(self, user: UserId, target: TargetPriceId) -> TargetPrice | None:
        return await self._targets.find(*_owned_by(user), TargetPriceRow.id == target)

    async def list(self, user: UserId, portfolio: PortfolioId) -> Sequence[TargetPrice]:
        return await self._targets.find_all(
            *_owned_by(user), TargetPriceRow.portfolio_id == portfolio
        )

    async def put(self, targets: Collection[TargetPrice]) -> None:
        await self._targets.put(*targets)

    async def remove(self, user: UserId, target: TargetPriceId) -> None:
        await self._targets.remove(TargetPriceRow.user_id == user, TargetPriceRow.id == target)


def _owned_by(user: UserId) -> tuple[ColumnElement[bool], ...]:
    return TargetPriceRow.user_id == user, in_existing_portfolio(TargetPriceRow)
