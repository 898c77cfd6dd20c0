"""Portfolios in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    Select,
    String,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW
from sigmasight.adapters.postgres.identity import UserRow
from sigmasight.adapters.postgres.positions import MARKET_VALUE, PositionRow, is_open
from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import (
    AccountType,
    Holdings,
    Portfolio,
    PortfolioId,
    Portfolios,
    PortfolioTerms,
)


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


class _PortfolioRows(SQLAlchemyAsyncRepository[PortfolioRow]):
    model_type = PortfolioRow


class PostgresPortfolios(Portfolios):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._rows = _PortfolioRows(session=session, wrap_exceptions=False)

    async def lock_owner(self, user: UserId) -> Subscription:
        locked = await self._session.execute(
            select(UserRow.tier, UserRow.tier_expires_at)
            .where(UserRow.id == user)
            .with_for_update(key_share=True)
        )
        tier, expires_at = locked.one()
        return Subscription(Tier.named(tier), expires_at)

    async def count(self, user: UserId) -> int:
        return await self._rows.count(*_of(user))

    async def find_by_account_name(self, user: UserId, account_name: str) -> PortfolioId | None:
        row = await self._rows.get_one_or_none(
            *_of(user), PortfolioRow.account_name == account_name
        )
        return None if row is None else PortfolioId(row.id)

    async def find(self, user: UserId, portfolio: PortfolioId) -> Portfolio | None:
        found = await self._session.execute(
            _with_holdings().where(*_of(user), PortfolioRow.id == portfolio)
        )
        row = found.one_or_none()
        return None if row is None else _portfolio(*row)

    async def list(self, user: UserId, *, include_inactive: bool) -> Sequence[Portfolio]:
        active = () if include_inactive else (PortfolioRow.is_active.is_(True),)
        found = await self._session.execute(
            _with_holdings()
            .where(*_of(user), *active)
            .order_by(PortfolioRow.created_at, PortfolioRow.id)
        )
        return [_portfolio(*row) for row in found]

    async def put(self, portfolio: Portfolio) -> None:
        await self._session.merge(_row(portfolio))
        await self._session.flush()


def _of(user: UserId) -> tuple[ColumnElement[bool], ...]:
    return PortfolioRow.user_id == user, PortfolioRow.deleted_at.is_(None)


def _with_holdings() -> Select[PortfolioRow, int, Decimal]:
    held = (
        select(
            func.count().label("count"),
            func.coalesce(func.sum(MARKET_VALUE), literal(Decimal("0.00"))).label("value"),
        )
        .where(
            PositionRow.user_id == PortfolioRow.user_id,
            PositionRow.portfolio_id == PortfolioRow.id,
            *is_open(),
        )
        .lateral("held")
    )
    return select(PortfolioRow, held.c.count, held.c.value).join(held, true())


def _portfolio(row: PortfolioRow, count: int, market_value: Decimal) -> Portfolio:
    return Portfolio(
        id=PortfolioId(row.id),
        user_id=UserId(row.user_id),
        terms=PortfolioTerms(
            name=row.name,
            account_name=row.account_name,
            account_type=AccountType(row.account_type),
            description=row.description,
            currency=row.currency,
            equity_balance=row.equity_balance,
            is_active=row.is_active,
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        holdings=Holdings(count, market_value),
    )


def _row(portfolio: Portfolio) -> PortfolioRow:
    return PortfolioRow(
        user_id=portfolio.user_id,
        id=portfolio.id,
        name=portfolio.terms.name,
        account_name=portfolio.terms.account_name,
        account_type=portfolio.terms.account_type.value,
        description=portfolio.terms.description,
        currency=portfolio.terms.currency,
        equity_balance=portfolio.terms.equity_balance,
        is_active=portfolio.terms.is_active,
        created_at=portfolio.created_at,
        updated_at=portfolio.updated_at,
        deleted_at=portfolio.deleted_at,
    )
