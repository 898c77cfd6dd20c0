"""Positions in Postgres."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Index,
    Numeric,
    String,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, MappedSQLExpression, column_property, mapped_column

from sigmasight.adapters.postgres.columns import (
    INSTANT,
    NOW,
    in_existing_portfolio,
    portfolio_foreign_key,
)
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.prices import BULK_TIMEOUT, exchange_rate, rate_date
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.model import Position, PositionId, Positions

FIGURE: Final = Numeric(24, 12)


class PositionRow(DefaultBase):
    __tablename__ = "positions"
    __table_args__ = (
        portfolio_foreign_key(),
        Index("ix_positions_portfolio", "user_id", "portfolio_id", "created_at", "id"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    symbol: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[Decimal] = mapped_column(FIGURE)
    entry_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    entry_date: Mapped[date] = mapped_column(Date)
    position_type: Mapped[str] = mapped_column(String(10))
    investment_class: Mapped[str] = mapped_column(String(20))
    investment_subtype: Mapped[str | None] = mapped_column(String(30))
    notes: Mapped[str | None] = mapped_column(String(1000))
    underlying_symbol: Mapped[str | None] = mapped_column(String(100))
    strike_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    expiration_date: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3), server_default=text("'USD'"))
    multiplier: Mapped[Decimal] = mapped_column(Numeric(18, 6), server_default=text("1"))
    account: Mapped[str | None] = mapped_column(String(100))
    identifier: Mapped[str | None] = mapped_column(String(20))
    file_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    file_price_date: Mapped[date | None] = mapped_column(Date)
    realized_pnl: Mapped[Decimal | None] = mapped_column(Numeric())
    """As exact as the products it sums up, and as large."""
    realized_by_difference: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    settled_at_expiration: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    exit_price: Mapped[Decimal | None] = mapped_column(FIGURE)
    exit_date: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)
    last_price: ClassVar[MappedSQLExpression[Decimal | None]]
    price_date: ClassVar[MappedSQLExpression[date | None]]
    implied_volatility: ClassVar[MappedSQLExpression[Decimal | None]]
    exchange_rate: ClassVar[MappedSQLExpression[Decimal | None]]
    rate_date: ClassVar[MappedSQLExpression[date | None]]


def last_close(columns: str) -> str:
    """Return SQL of the last close after the broker's price, over a row of `positions`."""
    return f"""
    SELECT {columns} FROM prices WHERE prices.symbol = positions.symbol
    AND prices.date > coalesce(positions.file_price_date, '-infinity'::date)
    ORDER BY date DESC LIMIT 1
"""  # noqa: S608  nothing but names of columns


LAST_PRICE: Final = f"coalesce(({last_close('close')}), positions.file_price)"
PRICE_DATE: Final = f"coalesce(({last_close('date')}), positions.file_price_date)"
IMPLIED: Final = f"({last_close('implied_volatility')})"
PORTFOLIO_CURRENCY: Final = """(
    SELECT currency FROM portfolios
    WHERE portfolios.user_id = positions.user_id AND portfolios.id = positions.portfolio_id
)"""
RATE_TO_PORTFOLIO: Final = exchange_rate(into=PORTFOLIO_CURRENCY)
RATE_DATE: Final = rate_date(into=PORTFOLIO_CURRENCY)

PositionRow.last_price = column_property(literal_column(LAST_PRICE, Numeric()))
PositionRow.price_date = column_property(literal_column(PRICE_DATE, Date()))
PositionRow.implied_volatility = column_property(literal_column(IMPLIED, Numeric()))
PositionRow.exchange_rate = column_property(literal_column(RATE_TO_PORTFOLIO, Numeric()))
PositionRow.rate_date = column_property(literal_column(RATE_DATE, Date()))
"""Found with a position, in the same statement, and not stored with it."""


def worth(rate: str = RATE_TO_PORTFOLIO) -> ColumnElement[Decimal]:
    """Return what a position is worth in the portfolio's currency, as the entity has it."""
    value = f"quantity * coalesce({LAST_PRICE}, entry_price, 0) * multiplier"
    return literal_column(f"{value} * coalesce({rate}, 0)", Numeric())


NAMES: Final = [
    each.name for each in fields(Position) if each.name in PositionRow.__table__.columns
]
"""The columns are named as the entity names them."""
VALUES: Final = attrgetter(*NAMES)
COLUMNS: Final = ", ".join(f"positions.{name}" for name in NAMES)
ALL: Final = f"""
SELECT {COLUMNS}, coalesce(last.close, positions.file_price) AS last_price,
    coalesce(last.date, positions.file_price_date) AS price_date, last.implied_volatility,
    {exchange_rate(into="portfolios.currency")} AS exchange_rate,
    {rate_date(into="portfolios.currency")} AS rate_date
FROM positions JOIN portfolios ON portfolios.user_id = positions.user_id
    AND portfolios.id = positions.portfolio_id AND portfolios.deleted_at IS NULL
LEFT JOIN LATERAL ({last_close("close, date, implied_volatility")}) AS last ON true
WHERE positions.user_id = $1 AND positions.portfolio_id = ANY($2::uuid[])
    AND positions.deleted_at IS NULL
ORDER BY positions.created_at, positions.id
"""  # noqa: S608  nothing but names of columns
PRICED: Final = f"""
SELECT id, {LAST_PRICE} AS last_price, {PRICE_DATE} AS price_date,
    {IMPLIED} AS implied_volatility, {RATE_TO_PORTFOLIO} AS exchange_rate, {RATE_DATE} AS rate_date
FROM positions WHERE user_id = $1 AND id = ANY($2::uuid[])
"""  # noqa: S608  nothing but names of columns
PER_TURN: Final = 50
"""New positions made and sent before other tasks get a turn."""
CHUNK: Final = 1_000
"""Positions converted before other tasks get a turn: there may be a hundred thousand."""


class PositionRepository(EntityRepository[PositionRow, Position]):
    model_type = PositionRow
    entity_type = Position
    ordering: ClassVar[Ordering] = [(PositionRow.created_at, False), (PositionRow.id, False)]


class PostgresPositions(Positions):
    """Adding and reading whole portfolios is bulk work, done by the driver."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._positions = PositionRepository(session)

    async def add(self, positions: Iterable[Position]) -> None:
        connection = await raw_connection(self._session)
        await connection.copy_records_to_table(
            PositionRow.__tablename__,
            records=_records(positions),
            columns=NAMES,
            timeout=BULK_TIMEOUT,
        )

    async def find(self, user: UserId, position: PositionId) -> Position | None:
        return await self._positions.find(*owned_positions(user), PositionRow.id == position)

    async def find_all(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        return await self._positions.find_all(*owned_positions(user), PositionRow.id.in_(positions))

    async def claim(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        return await self._positions.find_all(
            *owned_positions(user),
            PositionRow.id.in_(positions),
            order_by=[(PositionRow.id, False)],  # one order for all who lock several
            statement=select(PositionRow).with_for_update(),
        )

    async def put(self, positions: Collection[Position]) -> None:
        await self._positions.put(*positions)

    async def with_prices(self, positions: Sequence[Position]) -> Sequence[Position]:
        if not positions:
            return []
        connection = await raw_connection(self._session)
        ids = [each.id for each in positions]
        rows = await connection.fetch(PRICED, positions[0].user_id, ids)
        priced = {row["id"]: dict(row) for row in rows}
        return [replace(each, **priced[each.id]) for each in positions]

    async def page(
        self, user: UserId, portfolio: PortfolioId, *, include_closed: bool, limit: int, offset: int
    ) -> Page[Position]:
        return await self._positions.find_page(
            *owned_positions(user),
            PositionRow.portfolio_id == portfolio,
            *(() if include_closed else open_positions()),
            limit=limit,
            offset=offset,
        )

    async def all(self, user: UserId, *portfolios: PortfolioId) -> Sequence[Position]:
        connection = await raw_connection(self._session)
        rows = await connection.fetch(ALL, user, portfolios)
        positions: list[Position] = []
        for start in range(0, len(rows), CHUNK):
            chunk = map(dict, rows[start : start + CHUNK])
            positions += msgspec.convert(list(chunk), list[Position])
            await asyncio.sleep(0)
        return positions

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[Position]:
        return await self._positions.find_all(
            *owned_positions(user),
            PositionRow.portfolio_id == portfolio,
            PositionRow.symbol == symbol,
            *open_positions(),
        )


async def _records(positions: Iterable[Position]) -> AsyncIterator[Sequence[Any]]:
    for number, position in enumerate(positions, 1):
        yield VALUES(position)
        if not number % PER_TURN:
            await asyncio.sleep(0)


def open_positions() -> tuple[ColumnElement[bool], ...]:
    return PositionRow.exit_date.is_(None), PositionRow.deleted_at.is_(None)


def owned_positions(user: UserId) -> tuple[ColumnElement[bool], ...]:
    return PositionRow.user_id == user, *existing_positions()


def existing_positions() -> tuple[ColumnElement[bool], ...]:
    """Narrow to positions that are not deleted, nor their portfolio."""
    return PositionRow.deleted_at.is_(None), in_existing_portfolio(PositionRow)
