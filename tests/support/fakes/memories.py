"""Memories of the assistant."""

from collections.abc import Collection, Sequence

from sigmasight.domain.assistant.memories import Memories, Memory, MemoryFilter, MemoryId
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.fakes.store import InMemoryStore


class InMemoryMemories(Memories):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def count(self, user: UserId, which: MemoryFilter) -> int:
        return len(await self.list(user, which, limit=len(self._store.facts)))

    async def list(self, user: UserId, which: MemoryFilter, *, limit: int) -> Sequence[Memory]:
        own = [
            each
            for each in self._store.facts.values()
            if each.user_id == user
            and self._is_there(each)
            and which.scope in {None, each.scope}
            and which.portfolio_id in {None, each.portfolio_id}
        ]
        own.sort(key=lambda each: each.id)
        own.sort(key=lambda each: each.created_at, reverse=True)
        return own[:limit]

    async def relevant_to(
        self, user: UserId, portfolios: Collection[PortfolioId]
    ) -> Sequence[Memory]:
        own = await self.list(user, MemoryFilter(), limit=len(self._store.facts))
        return [each for each in own if each.portfolio_id in {None, *portfolios}]

    async def add(self, memory: Memory, *, most: int) -> bool:
        if await self.count(memory.user_id, MemoryFilter()) >= most:
            return False
        self._store.facts[memory.id] = memory
        return True

    async def remove(self, user: UserId, memory: MemoryId | None) -> int:
        chosen = [
            each.id
            for each in self._store.facts.values()
            if each.user_id == user and memory in {None, each.id}
        ]
        for each in chosen:
            del self._store.facts[each]
        return len(chosen)

    def _is_there(self, memory: Memory) -> bool:
        if memory.portfolio_id is None:
            return True
        about = self._store.portfolios.get((memory.user_id, memory.portfolio_id))
        return about is None or about.deleted_at is None
