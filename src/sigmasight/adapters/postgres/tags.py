"""Tags and their positions in Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    Uuid,
    and_,
    any_,
    delete,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, MappedSQLExpression, column_property, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, NOW
from sigmasight.adapters.postgres.identity import lock_owner
from sigmasight.adapters.postgres.positions import (
    PositionRepository,
    PositionRow,
    existing_positions,
    open_positions,
    owned_positions,
)
from sigmasight.adapters.postgres.repository import UNSYNCHRONIZED, EntityRepository, Ordering
from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.model import Position, PositionId
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tag, TagId, Tags


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
    position_count: ClassVar[MappedSQLExpression[int]]


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


TAG_ASSIGNED: Final = and_(
    PositionTagRow.user_id == TagRow.user_id, PositionTagRow.tag_id == TagRow.id
)
POSITION_TAGGED: Final = and_(
    PositionTagRow.user_id == PositionRow.user_id, PositionTagRow.position_id == PositionRow.id
)
TagRow.position_count = column_property(
    select(func.count())
    .select_from(PositionTagRow)
    .join(PositionRow, POSITION_TAGGED)
    .where(TAG_ASSIGNED, *existing_positions(), *open_positions())
    .correlate(TagRow)
    .scalar_subquery()
)
"""Open positions, counted in the statement that reads the tag."""
DISPLAY_ORDER: Final[Ordering] = [
    (TagRow.display_order, False),
    (TagRow.created_at, False),
    (TagRow.id, False),
]


class TagRepository(EntityRepository[TagRow, Tag]):
    model_type = TagRow
    entity_type = Tag
    ordering = DISPLAY_ORDER


class PostgresTags(Tags):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._tags = TagRepository(session)

    async def lock_owner(self, user: UserId) -> None:
        await lock_owner(self._session, user)

    async def find(self, user: UserId, tag: TagId) -> Tag | None:
        return await self._tags.find(TagRow.user_id == user, TagRow.id == tag)

    async def list(self, user: UserId) -> Sequence[Tag]:
        return await self._tags.find_all(TagRow.user_id == user)

    async def ids_by_name(self, user: UserId, names: Collection[str]) -> Collection[TagId]:
        # The index compares names in the database's way, and so does this.
        wanted = func.unnest(literal(list(names), ARRAY(Text))).column_valued("wanted")
        found = await self._session.scalars(
            select(TagRow.id).where(
                TagRow.user_id == user, func.lower(TagRow.name).in_(select(func.lower(wanted)))
            )
        )
        return [TagId(each) for each in found]

    async def put(self, tags: Collection[Tag]) -> None:
        await self._tags.put(*tags)


class PostgresPositionTags(PositionTags):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._tags = TagRepository(session)
        self._positions = PositionRepository(session)

    async def for_position(self, user: UserId, position: PositionId) -> Sequence[Tag]:
        return await self._tags.find_all(
            TagRow.user_id == user,
            PositionTagRow.position_id == position,
            statement=select(TagRow).join(PositionTagRow, TAG_ASSIGNED),
        )

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

    async def reassign(
        self,
        user: UserId,
        positions: Collection[PositionId],
        *,
        remove: Collection[TagId],
        add: Mapping[PositionId, TagId],
        at: datetime,
    ) -> None:
        await self._session.execute(
            delete(PositionTagRow).where(
                PositionTagRow.user_id == user,
                PositionTagRow.position_id == any_(literal(list(positions), ARRAY(Uuid()))),
                PositionTagRow.tag_id.in_(remove),
            ),
            execution_options=UNSYNCHRONIZED,
        )
        if add:
            rows = [
                {"user_id": user, "position_id": position, "tag_id": tag, "created_at": at}
                for position, tag in add.items()
            ]
            await self._session.execute(insert(PositionTagRow).on_conflict_do_nothing(), rows)

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[TagId]:
        assigned = (
            select(PositionTagRow.tag_id)
            .join(PositionRow, POSITION_TAGGED)
            .where(
                *owned_positions(user),
                PositionRow.portfolio_id == portfolio,
                PositionRow.symbol == symbol,
                *open_positions(),
            )
        )
        found = await self._session.scalars(
            select(TagRow.id)
            .where(TagRow.user_id == user, TagRow.archived_at.is_(None), TagRow.id.in_(assigned))
            .order_by(TagRow.display_order, TagRow.created_at, TagRow.id)
        )
        return [TagId(each) for each in found]

    async def tagged_positions(
        self, user: UserId, tag: TagId, portfolio: PortfolioId | None, *, limit: int, offset: int
    ) -> Page[Position]:
        return await self._positions.find_page(
            *owned_positions(user),
            *open_positions(),
            *(() if portfolio is None else (PositionRow.portfolio_id == portfolio,)),
            PositionTagRow.tag_id == tag,
            limit=limit,
            offset=offset,
            statement=select(PositionRow).join(PositionTagRow, POSITION_TAGGED),
        )
