"""Advanced-alchemy's repository, from a table's rows to the domain's entities and back.

A row has its entity's fields as attributes. Where an entity holds a value object whose fields are
columns of the same row, the row declares it as `FLATTENED`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

import msgspec
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import ColumnElement, UnaryExpression, delete, inspect, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from sigmasight.adapters.postgres.outages import translate_outages
from sigmasight.domain.kernel import Page

RowT = TypeVar("RowT", bound=DefaultBase)
EntityT = TypeVar("EntityT")
Ordering = list[tuple[str | InstrumentedAttribute[Any], bool] | UnaryExpression[Any]]

FLATTENED: Final[Any] = property(lambda row: row)
"""A value object of the entity, its fields columns of the row itself."""
WITH_NULLS: Final = {"render_nulls": True}
"""One statement for all rows, whichever of their columns are empty."""
UNSYNCHRONIZED: Final = {"synchronize_session": False}
"""Rows are turned into entities at once; the session has no copies to bring up to date."""


class EntityRepository(SQLAlchemyAsyncRepository[RowT], Generic[RowT, EntityT]):
    """Every method is one statement, but for a page and its count, which are two."""

    session: AsyncSession
    entity_type: type[EntityT]
    ordering: ClassVar[Ordering] = []

    def __init__(self, session: AsyncSession) -> None:
        super().__init__(
            session=session,
            wrap_exceptions=False,
            auto_refresh=False,
            order_by=list(self.ordering),
            # A row is read as it is now, whatever the session has seen of it before.
            execution_options={"populate_existing": True},
            # With a window function, a page past the end would have no count.
            count_with_window_function=False,
        )

    @classmethod
    @asynccontextmanager
    async def opened(cls, engine: AsyncEngine) -> AsyncIterator[Self]:
        """Yield a repository with a session of its own, outside any use case's transaction."""
        with translate_outages():
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield cls(session)

    @classmethod
    def entity(cls, row: RowT) -> EntityT:
        return msgspec.convert(row, cls.entity_type, from_attributes=True)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> EntityT:
        """Return the entity of a record from asyncpg, its columns named as the row's attributes."""
        return cls.entity(cls.model_type(**record))

    def values(self, entity: EntityT) -> dict[str, Any]:
        """Return the row's attributes that are stored of an entity."""
        return dict(_stored(entity, _attributes(self.model_type)))

    async def find(self, *filters: ColumnElement[bool], **options: Any) -> EntityT | None:
        row = await self.get_one_or_none(*filters, **options)
        return None if row is None else self.entity(row)

    async def find_all(
        self, *filters: ColumnElement[bool] | LimitOffset, **options: Any
    ) -> Sequence[EntityT]:
        return [self.entity(row) for row in await self.get_many(*filters, **options)]

    async def find_page(
        self, *filters: ColumnElement[bool], limit: int, offset: int, **options: Any
    ) -> Page[EntityT]:
        rows, total = await self.get_many_and_count(*filters, LimitOffset(limit, offset), **options)
        return Page([self.entity(row) for row in rows], total)

    async def put(self, *entities: EntityT) -> None:
        """Insert entities, or replace those of the same primary key."""
        if entities:
            values = [self.values(entity) for entity in entities]
            await self.session.execute(
                _upsert(self.model_type), values, execution_options=WITH_NULLS
            )

    async def change(self, *filters: ColumnElement[bool], **values: Any) -> Sequence[EntityT]:
        """Update the rows that match, and return them as they are then."""
        statement = update(self.model_type).where(*filters).values(values)
        rows = await self.session.scalars(
            statement.returning(self.model_type),
            execution_options={**UNSYNCHRONIZED, "populate_existing": True},
        )
        return [self.entity(row) for row in rows]

    async def remove(self, *filters: ColumnElement[bool]) -> int:
        """Delete the rows that match, and return how many there were."""
        result: Any = await self.session.execute(
            delete(self.model_type).where(*filters), execution_options=UNSYNCHRONIZED
        )
        return int(result.rowcount)


def _stored(value: Any, names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for field in fields(value):
        part = getattr(value, field.name)
        if field.name in names:
            yield field.name, part
        elif is_dataclass(part):
            yield from _stored(part, names)


@cache
def _attributes(row_type: type[DefaultBase]) -> frozenset[str]:
    """Return the names of a row's attributes that are columns of its table."""
    mapper = inspect(row_type)
    return frozenset(mapper.get_property_by_column(column).key for column in mapper.local_table.c)


@cache
def _upsert(row_type: type[DefaultBase]) -> Insert:
    """Return the statement for any number of rows.

    Advanced-alchemy's `upsert_many` renders the rows into the statement and reads them all back:
    three times the time for one row, six times for five hundred.
    """
    adding = insert(row_type)
    key = [column.name for column in inspect(row_type).primary_key]
    return adding.on_conflict_do_update(
        index_elements=key,
        set_={each.name: each for each in adding.excluded if each.name not in key},
    )
