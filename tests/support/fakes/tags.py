"""Tags and their assignments in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionId,
)
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tag, TagId, Tags
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.store import InMemoryStore


class InMemoryTags(Tags):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def lock_owner(self, user: UserId) -> None:
        """Nobody else is there."""

    async def find(self, user: UserId, tag: TagId) -> Tag | None:
        return next((each for each in await self.list(user) if each.id == tag), None)

    async def list(self, user: UserId) -> Sequence[Tag]:
        return sorted(
            (
                replace(tag, position_count=len(_bearers(self._store, user, tag.id)))
                for (owner, _), tag in self._store.tags.items()
                if owner == user
            ),
            key=lambda tag: (tag.display_order, tag.created_at, tag.id),
        )

    async def ids_by_name(self, user: UserId, names: Collection[str]) -> Collection[TagId]:
        wanted = {name.lower() for name in names}
        return [each.id for each in await self.list(user) if each.name.lower() in wanted]

    async def put(self, tags: Collection[Tag]) -> None:
        for tag in tags:
            if set(await self.ids_by_name(tag.user_id, [tag.name])) - {tag.id}:
                raise ValueError(f"Two tags would be called {tag.name}.")
            self._store.tags[tag.user_id, tag.id] = replace(tag, position_count=0)


class InMemoryPositionTags(PositionTags):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._tags = InMemoryTags(store)

    async def for_position(self, user: UserId, position: PositionId) -> Sequence[Tag]:
        borne = self._store.borne.get((user, position), frozenset())
        return [each for each in await self._tags.list(user) if each.id in borne]

    async def put(
        self, user: UserId, position: PositionId, tags: Collection[TagId], at: datetime
    ) -> None:
        del at
        self._store.borne[user, position] = frozenset(tags)

    async def reassign(
        self,
        user: UserId,
        positions: Collection[PositionId],
        *,
        remove: Collection[TagId],
        add: Mapping[PositionId, TagId],
        at: datetime,
    ) -> None:
        del at
        for position in positions:
            tags = self._store.borne.get((user, position), frozenset()).difference(remove)
            more = {add[position]} if position in add else set()
            self._store.borne[user, position] = tags | more

    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[TagId]:
        held = await InMemoryPositions(self._store).for_symbol(user, portfolio, symbol)
        borne = {tag.id for each in held for tag in await self.for_position(user, each.id)}
        return [
            each.id
            for each in await self._tags.list(user)
            if each.id in borne and not each.is_archived
        ]

    async def tagged_positions(
        self, user: UserId, tag: TagId, portfolio: PortfolioId | None, *, limit: int, offset: int
    ) -> Page[Position]:
        found = [
            each
            for each in _bearers(self._store, user, tag)
            if portfolio in {None, each.portfolio_id}
        ]
        return Page(found[offset : offset + limit], len(found))


def _bearers(store: InMemoryStore, user: UserId, tag: TagId) -> Sequence[Position]:
    there: Iterable[Position] = InMemoryPositions(store).of(user)
    return [
        each
        for each in there
        if each.is_open and tag in store.borne.get((user, each.id), frozenset())
    ]
