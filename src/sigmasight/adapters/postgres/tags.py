"""Tags in Postgres, and which positions bear them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Select,
    String,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW
from sigmasight.adapters.postgres.engine import driver_of
from sigmasight.adapters.postgres.positions import (
    PositionRow,
    is_open,
    is_there,
    of_user,
    position_of,
)
from sigmasight.adapters.postgres.usage.settling import LOCK
from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.model import Position, PositionId
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tag, TagId, Tags

# The index compares names in the database's way, and so does the question whether one is taken.
TAKEN: Final = """
SELECT id FROM tags WHERE user_id = $1
AND lower(name) IN (SELECT lower(wanted) FROM unnest($2::text[]) AS wanted)
"""


class TagRow(DefaultBase):
    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_name", "user_id", text("lower(name)"), unique=True),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    color: Mapped[str] = mapped_column(String(7))
    description: Mapped[str | None] = mapped_column(String(500))
    display_order: Mapped[int] = mapped_column(Integer)
    archived_at: Mapped[datetime | None] = mapped_column(INSTANT)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class PositionTagRow(DefaultBase):
    __tablename__ = "position_tags"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "position_id"], ["positions.user_id", "positions.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["user_id", "tag_id"], ["tags.user_id", "tags.id"], ondelete="CASCADE"
        ),
        Index("ix_position_tags_tag", "user_id", "tag_id"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    position_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


BORNE_BY: Final[tuple[ColumnElement[bool], ...]] = (
    PositionTagRow.user_id == TagRow.user_id,
    PositionTagRow.tag_id == TagRow.id,
)
BEARS: Final[tuple[ColumnElement[bool], ...]] = (
    PositionTagRow.user_id == PositionRow.user_id,
    PositionTagRow.position_id == PositionRow.id,
)
POSITION_COUNT: Final = (
    select(func.count())
    .select_from(PositionTagRow)
    .join(PositionRow, BEARS[0] & BEARS[1])
    .where(*BORNE_BY, *is_there(), *is_open())
    .correlate(TagRow)
    .scalar_subquery()
)
AS_SHOWN: Final = (TagRow.display_order, TagRow.created_at, TagRow.id)


class PostgresTags(Tags):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_owner(self, user: UserId) -> None:
        await (await driver_of(self._session)).fetchrow(LOCK, user)

    async def find(self, user: UserId, tag: TagId) -> Tag | None:
        found = await self._session.execute(_tags(user).where(TagRow.id == tag))
        row = found.one_or_none()
        return None if row is None else _tag(*row)

    async def list(self, user: UserId) -> Sequence[Tag]:
        found = await self._session.execute(_tags(user).order_by(*AS_SHOWN))
        return [_tag(*row) for row in found]

    async def ids_by_name(self, user: UserId, names: Collection[str]) -> Collection[TagId]:
        rows = await (await driver_of(self._session)).fetch(TAKEN, user, list(names))
        return [TagId(row["id"]) for row in rows]

    async def put(self, tags: Collection[Tag]) -> None:
        if not tags:
            return
        adding = insert(TagRow)
        changing = adding.on_conflict_do_update(
            index_elements=[TagRow.user_id, TagRow.id],
            set_={
                each.name: each for each in adding.excluded if each.name not in {"user_id", "id"}
            },
        )
        rows = [
            {column.name: getattr(tag, column.name) for column in TagRow.__table__.columns}
            for tag in tags
        ]
        await self._session.execute(changing, rows)


class PostgresPositionTags(PositionTags):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def for_position(self, user: UserId, position: PositionId) -> Sequence[Tag]:
        found = await self._session.execute(
            _tags(user)
            .join(PositionTagRow, BORNE_BY[0] & BORNE_BY[1])
            .where(PositionTagRow.position_id == position)
            .order_by(*AS_SHOWN)
        )
        return [_tag(*row) for row in found]

    async def put(
        self, user: UserId, position: PositionId, tags: Collection[TagId], at: datetime
    ) -> None:
        await self._session.execute(
            delete(PositionTagRow).where(
                PositionTagRow.user_id == user,
                PositionTagRow.position_id == position,
                PositionTagRow.tag_id.not_in(tags),
            )
        )
        if tags:
            rows = [
                {"user_id": user, "position_id": position, "tag_id": tag, "created_at": at}
                for tag in tags
            ]
            await self._session.execute(insert(PositionTagRow).on_conflict_do_nothing(), rows)

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[TagId]:
        borne = (
            select(PositionTagRow.tag_id)
            .join(PositionRow, BEARS[0] & BEARS[1])
            .where(
                *of_user(user),
                PositionRow.portfolio_id == portfolio,
                PositionRow.symbol == symbol,
                *is_open(),
            )
        )
        found = await self._session.scalars(
            select(TagRow.id)
            .where(TagRow.user_id == user, TagRow.archived_at.is_(None), TagRow.id.in_(borne))
            .order_by(*AS_SHOWN)
        )
        return [TagId(each) for each in found]

    async def tagged_positions(
        self, user: UserId, tag: TagId, portfolio: PortfolioId | None, *, limit: int, offset: int
    ) -> Page[Position]:
        wanted = (
            *of_user(user),
            *is_open(),
            *(() if portfolio is None else (PositionRow.portfolio_id == portfolio,)),
            PositionTagRow.tag_id == tag,
        )
        joined = BEARS[0] & BEARS[1]
        rows = await self._session.scalars(
            select(PositionRow)
            .join(PositionTagRow, joined)
            .where(*wanted)
            .order_by(PositionRow.created_at, PositionRow.id)
            .limit(limit)
            .offset(offset)
        )
        total = await self._session.scalar(
            select(func.count())
            .select_from(PositionRow)
            .join(PositionTagRow, joined)
            .where(*wanted)
        )
        return Page([position_of(row) for row in rows], total or 0)


def _tags(user: UserId) -> Select[TagRow, int]:
    return select(TagRow, POSITION_COUNT).where(TagRow.user_id == user)


def _tag(row: TagRow, position_count: int) -> Tag:
    return Tag(
        id=TagId(row.id),
        user_id=UserId(row.user_id),
        name=row.name,
        color=row.color,
        description=row.description,
        display_order=row.display_order,
        archived_at=row.archived_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        position_count=position_count,
    )
