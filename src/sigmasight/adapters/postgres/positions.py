"""Positions in Postgres."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import (
    ColumnElement,
    Date,
    Index,
    Numeric,
    String,
    UnaryExpression,
    case,
    column,
    exists,
    func,
    select,
    table,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    MappedSQLExpression,
    column_property,
    mapped_column,
)

from sigmasight.adapters.postgres.columns import INSTANT, NOW, of_portfolio
from sigmasight.adapters.postgres.engine import driver_of
from sigmasight.adapters.postgres.prices import LATEST, PriceRow
from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.classification import (
    SHARES_PER_CONTRACT,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionId,
    Positions,
)

FIGURE: Final = Numeric(18, 6)


class PositionRow(DefaultBase):
    __tablename__ = "positions"
    __table_args__ = (
        of_portfolio(),
        Index("ix_positions_portfolio", "user_id", "portfolio_id", "created_at", "id"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    symbol: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[Decimal] = mapped_column(FIGURE)
    entry_price: Mapped[Decimal] = mapped_column(FIGURE)
    entry_date: Mapped[date] = mapped_column(Date)
    position_type: Mapped[str] = mapped_column(String(10))
    investment_class: Mapped[str] = mapped_column(String(20))
    investment_subtype: Mapped[str | None] = mapped_column(String(30))
    notes: Mapped[str | None] = mapped_column(String(1000))
    underlying_symbol: Mapped[str | None] = mapped_column(String(100))
    strike_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    expiration_date: Mapped[date | None] = mapped_column(Date)
    realized_pnl: Mapped[Decimal | None] = mapped_column(Numeric())
    """As exact as the products it sums up, and as large."""
    exit_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    exit_date: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)
    last_price: ClassVar[MappedSQLExpression[Decimal | None]]


LAST_PRICE: Final = (
    select(PriceRow.close)
    .where(PriceRow.symbol == PositionRow.symbol)
    .order_by(PriceRow.date.desc())
    .limit(1)
    .correlate(PositionRow)
    .scalar_subquery()
)
PositionRow.last_price = column_property(LAST_PRICE)
"""Found with a position, in the same statement, and not stored with it."""

OPTIONS: Final = [kind.value for kind in PositionType if kind.is_option]
MARKET_VALUE: Final = (
    PositionRow.quantity
    * func.coalesce(LAST_PRICE, PositionRow.entry_price)
    * case((PositionRow.position_type.in_(OPTIONS), SHARES_PER_CONTRACT), else_=1)
)
"""What a position is worth at its last price, else at its entry price, as the entity has it."""

PORTFOLIOS: Final = table("portfolios", column("user_id"), column("id"), column("deleted_at"))
NAMES: Final = [
    each.name for each in fields(Position) if each.name in PositionRow.__table__.columns
]
"""The columns are named as the entity names them."""
VALUES: Final = attrgetter(*NAMES)
ALL: Final = f"""
SELECT {", ".join(NAMES)}, (
    SELECT close FROM prices WHERE prices.symbol = positions.symbol ORDER BY date DESC LIMIT 1
) AS last_price
FROM positions WHERE user_id = $1 AND portfolio_id = $2 AND deleted_at IS NULL
AND EXISTS (SELECT FROM portfolios WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL)
ORDER BY created_at, id
"""  # noqa: S608  nothing but names of columns
AT_A_TIME: Final = 1_000
"""Positions made between two turns of others: there may be a hundred thousand."""


class _PositionRows(SQLAlchemyAsyncRepository[PositionRow]):
    model_type = PositionRow


class PostgresPositions(Positions):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._rows = _PositionRows(session=session, wrap_exceptions=False)

    async def add(self, positions: Collection[Position]) -> None:
        if positions:
            driver = await driver_of(self._session)
            await driver.copy_records_to_table(
                PositionRow.__tablename__, records=map(VALUES, positions), columns=NAMES
            )

    async def find(self, user: UserId, position: PositionId) -> Position | None:
        row = await self._rows.get_one_or_none(*of_user(user), PositionRow.id == position)
        return None if row is None else position_of(row)

    async def claim(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        rows = await self._session.scalars(
            select(PositionRow)
            .where(*of_user(user), PositionRow.id.in_(positions))
            .order_by(PositionRow.id)  # whoever locks several does so in the same order
            .with_for_update()
        )
        return [position_of(row) for row in rows]

    async def put(self, positions: Collection[Position]) -> None:
        if positions:
            await self._session.execute(update(PositionRow), [_values(each) for each in positions])

    async def with_prices(self, positions: Sequence[Position]) -> Sequence[Position]:
        driver = await driver_of(self._session)
        rows = await driver.fetch(LATEST, list({each.symbol for each in positions}))
        closes = {row["symbol"]: row["close"] for row in rows}
        return [replace(each, last_price=closes.get(each.symbol)) for each in positions]

    async def page(
        self,
        user: UserId,
        portfolio: PortfolioId,
        *,
        include_closed: bool,
        limit: int,
        offset: int,
    ) -> Page[Position]:
        wanted = (
            *of_user(user),
            PositionRow.portfolio_id == portfolio,
            *(() if include_closed else is_open()),
        )
        rows = await self._rows.get_many(*wanted, LimitOffset(limit, offset), order_by=OLDEST_FIRST)
        return Page([position_of(row) for row in rows], await self._rows.count(*wanted))

    async def all(self, user: UserId, portfolio: PortfolioId) -> Sequence[Position]:
        driver = await driver_of(self._session)
        rows = await driver.fetch(ALL, user, portfolio)
        positions: list[Position] = []
        for start in range(0, len(rows), AT_A_TIME):
            positions += map(_position, rows[start : start + AT_A_TIME])
            await asyncio.sleep(0)
        return positions

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[Position]:
        rows = await self._rows.get_many(
            *of_user(user),
            PositionRow.portfolio_id == portfolio,
            PositionRow.symbol == symbol,
            *is_open(),
            order_by=OLDEST_FIRST,
        )
        return [position_of(row) for row in rows]


OLDEST_FIRST: Final[list[tuple[str | InstrumentedAttribute[Any], bool] | UnaryExpression[Any]]] = [
    (PositionRow.created_at, False),
    (PositionRow.id, False),
]


def is_open() -> tuple[ColumnElement[bool], ...]:
    return PositionRow.exit_date.is_(None), PositionRow.deleted_at.is_(None)


def of_user(user: UserId) -> tuple[ColumnElement[bool], ...]:
    """Narrow to a user's positions that are there, and whose portfolio is there."""
    return PositionRow.user_id == user, *is_there()


def is_there() -> tuple[ColumnElement[bool], ...]:
    portfolio_is_there = exists().where(
        PORTFOLIOS.c.user_id == PositionRow.user_id,
        PORTFOLIOS.c.id == PositionRow.portfolio_id,
        PORTFOLIOS.c.deleted_at.is_(None),
    )
    return PositionRow.deleted_at.is_(None), portfolio_is_there


def position_of(row: PositionRow) -> Position:
    return Position(
        id=PositionId(row.id),
        user_id=UserId(row.user_id),
        portfolio_id=PortfolioId(row.portfolio_id),
        symbol=row.symbol,
        quantity=row.quantity,
        entry_price=row.entry_price,
        entry_date=row.entry_date,
        position_type=PositionType(row.position_type),
        investment_class=InvestmentClass(row.investment_class),
        investment_subtype=row.investment_subtype,
        notes=row.notes,
        underlying_symbol=row.underlying_symbol,
        strike_price=row.strike_price,
        expiration_date=row.expiration_date,
        last_price=row.last_price,
        realized_pnl=row.realized_pnl,
        exit_price=row.exit_price,
        exit_date=row.exit_date,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def _position(row: Any) -> Position:
    """Make a position of the driver's row, at a fifth of what an object of its own costs."""
    values = dict(row)
    values["position_type"] = PositionType(values["position_type"])
    values["investment_class"] = InvestmentClass(values["investment_class"])
    return Position(**values)


def _values(position: Position) -> dict[str, Any]:
    return dict(zip(NAMES, VALUES(position), strict=True))
