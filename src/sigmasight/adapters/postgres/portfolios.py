"""Portfolios in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    String,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column, query_expression, with_expression

from sigmasight.adapters.postgres.columns import INSTANT, NOW
from sigmasight.adapters.postgres.identity import lock_owner
from sigmasight.adapters.postgres.positions import PositionRow, open_positions, worth
from sigmasight.adapters.postgres.prices import exchange_rate
from sigmasight.adapters.postgres.repository import FLATTENED, EntityRepository, Ordering
from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios


class PortfolioRow(DefaultBase):
    __tablename__ = "portfolios"
    __table_args__ = (
        Index(
            "ix_portfolios_account_name_not_deleted",
            "user_id",
            "account_name",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    account_name: Mapped[str] = mapped_column(String(100))
    account_type: Mapped[str] = mapped_column(String(20), server_default=text("'taxable'"))
    description: Mapped[str | None] = mapped_column(String(1000))
    currency: Mapped[str] = mapped_column(String(3), server_default=text("'USD'"))
    equity_balance: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)

    count: Mapped[int] = query_expression()
    market_value: Mapped[Decimal] = query_expression()
    terms = FLATTENED
    holdings = FLATTENED


HELD: Final = (
    select(
        func.count().label("count"),
        func.coalesce(
            func.sum(worth(exchange_rate(into="portfolios.currency"))), literal(Decimal("0.00"))
        ).label("value"),
    )
    .where(
        PositionRow.user_id == PortfolioRow.user_id,
        PositionRow.portfolio_id == PortfolioRow.id,
        *open_positions(),
    )
    .lateral("held")
)
WITH_HOLDINGS: Final = (
    select(PortfolioRow)
    .join(HELD, true())
    .options(
        with_expression(PortfolioRow.count, HELD.c.count),
        with_expression(PortfolioRow.market_value, HELD.c.value),
    )
)


class PortfolioRepository(EntityRepository[PortfolioRow, Portfolio]):
    model_type = PortfolioRow
    entity_type = Portfolio
    ordering: ClassVar[Ordering] = [(PortfolioRow.created_at, False), (PortfolioRow.id, False)]


class PostgresPortfolios(Portfolios):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._portfolios = PortfolioRepository(session)

    async def lock_owner(self, user: UserId) -> Subscription:
        return (await lock_owner(self._session, user)).subscription

    async def count(self, user: UserId) -> int:
        return await self._portfolios.count(*_owned_by(user))

    async def find_by_account_name(self, user: UserId, account_name: str) -> PortfolioId | None:
        row = await self._portfolios.get_one_or_none(
            *_owned_by(user), PortfolioRow.account_name == account_name
        )
        return None if row is None else PortfolioId(row.id)

    async def find(self, user: UserId, portfolio: PortfolioId) -> Portfolio | None:
        return await self._portfolios.find(
            *_owned_by(user), PortfolioRow.id == portfolio, statement=WITH_HOLDINGS
        )

    async def list(self, user: UserId, *, include_inactive: bool) -> Sequence[Portfolio]:
        active = () if include_inactive else (PortfolioRow.is_active.is_(True),)
        return await self._portfolios.find_all(*_owned_by(user), *active, statement=WITH_HOLDINGS)

    async def put(self, portfolio: Portfolio) -> None:
        await self._portfolios.put(portfolio)


def _owned_by(user: UserId) -> tuple[ColumnElement[bool], ...]:
    return PortfolioRow.user_id == user, PortfolioRow.deleted_at.is_(None)
