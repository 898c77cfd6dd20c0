"""Memories: at most fifty, and which of them are relevant to a question."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.assistant.memories import (
    MAX_MEMORIES,
    MAX_RELEVANT,
    WORD,
    AddMemory,
    DeleteMemory,
    Memory,
    MemoryFilter,
    MemoryId,
    MemoryLimitReachedError,
    MemoryNotFoundError,
    MemoryScope,
    ReadMemories,
    rank_memories,
)
from sigmasight.domain.kernel import UserId, ValidationFailedError
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioNotFoundError,
    ReadPortfolios,
)
from tests.support.builders.assistant import a_memory
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.store import InMemoryStore

WORDS = st.sampled_from(["tobacco", "Tobacco", "fees", "beta", "of", "a", "Größe", "naïve"])
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
ALL = MemoryFilter()


class MemoryWorkspace:
    """The memory use cases, with a portfolio of Ann's and one of Bob's."""

    def __init__(self) -> None:
        self.own, self.bobs = a_portfolio(), a_portfolio(user_id=BOBS_ID)
        self.store = InMemoryStore(
            users={ANNS_ID: a_user(), BOBS_ID: bob()},
            portfolios={(each.user_id, each.id): each for each in (self.own, self.bobs)},
        )
        self.clock = FixedClock(NOON)
        memories = InMemoryMemories(self.store)
        portfolios = ReadPortfolios(
            InMemoryPortfolios(self.store), ImmediateTransaction(self.store)
        )
        self.add_memory = AddMemory(memories, portfolios, self.clock)
        self.read = ReadMemories(memories, portfolios)
        self.delete = DeleteMemory(memories)

    async def add(
        self,
        content: str = "I dislike tobacco.",
        *,
        by: UserId = ANNS_ID,
        scope: MemoryScope = MemoryScope.USER,
        portfolio: PortfolioId | None = None,
        **tags: Any,
    ) -> Memory:
        return await self.add_memory(content, by=by, scope=scope, portfolio=portfolio, tags=tags)


@pytest.fixture
def workspace() -> MemoryWorkspace:
    return MemoryWorkspace()


async def test_a_memory_is_stored_unchanged(workspace: MemoryWorkspace) -> None:
    memory = await workspace.add("I dislike tobacco.", topic="taste")

    assert (memory.content, memory.tags) == ("I dislike tobacco.", {"topic": "taste"})
    assert (memory.scope, memory.portfolio_id) == (MemoryScope.USER, None)
    assert (memory.user_id, memory.created_at) == (ANNS_ID, NOON)
    assert await workspace.read(ALL, by=ANNS_ID, limit=9) == ([memory], 1)
    assert await workspace.read(ALL, by=BOBS_ID, limit=9) == ([], 0)


async def test_a_memory_may_be_about_the_users_own_portfolio(workspace: MemoryWorkspace) -> None:
    memory = await workspace.add(scope=MemoryScope.PORTFOLIO, portfolio=workspace.own.id)

    assert (memory.scope, memory.portfolio_id) == (MemoryScope.PORTFOLIO, workspace.own.id)


async def test_a_memory_about_another_users_portfolio_is_refused(
    workspace: MemoryWorkspace,
) -> None:
    for portfolio in (workspace.bobs.id, PortfolioId(uuid4())):
        with pytest.raises(PortfolioNotFoundError):
            await workspace.add(scope=MemoryScope.PORTFOLIO, portfolio=portfolio)

    assert workspace.store.facts == {}


async def test_a_portfolio_belongs_to_its_scope_and_only_to_it(workspace: MemoryWorkspace) -> None:
    for scope, portfolio in ((MemoryScope.USER, workspace.own.id), (MemoryScope.PORTFOLIO, None)):
        with pytest.raises(ValidationFailedError):
            await workspace.add(scope=scope, portfolio=portfolio)

    assert workspace.store.facts == {}


async def test_at_most_fifty_memories_are_stored(
    workspace: MemoryWorkspace,
) -> None:
    for number in range(MAX_MEMORIES):
        about = workspace.own.id if number % 2 else None
        scope = MemoryScope.PORTFOLIO if about else MemoryScope.USER
        await workspace.add(scope=scope, portfolio=about)

    with pytest.raises(MemoryLimitReachedError):
        await workspace.add()

    assert await workspace.read.count(by=ANNS_ID) == MAX_MEMORIES
    assert (await workspace.add(by=BOBS_ID)).user_id == BOBS_ID


async def test_deleting_a_memory_makes_room_for_another(workspace: MemoryWorkspace) -> None:
    memories = [await workspace.add() for _ in range(MAX_MEMORIES)]

    await workspace.delete.one(memories[0].id, by=ANNS_ID)

    await workspace.add()
    with pytest.raises(MemoryLimitReachedError):
        await workspace.add()


async def test_users_delete_only_their_own_memories(workspace: MemoryWorkspace) -> None:
    own, bobs = await workspace.add(), await workspace.add(by=BOBS_ID)

    for memory in (bobs.id, MemoryId(uuid4())):
        with pytest.raises(MemoryNotFoundError):
            await workspace.delete.one(memory, by=ANNS_ID)

    assert await workspace.delete.all(by=ANNS_ID) == 1
    assert await workspace.delete.all(by=ANNS_ID) == 0
    assert own.id not in workspace.store.facts
    assert await workspace.read(ALL, by=BOBS_ID, limit=9) == ([bobs], 1)


async def test_the_total_is_independent_of_the_limit(workspace: MemoryWorkspace) -> None:
    for _ in range(3):
        await workspace.add()
        workspace.clock.advance(MINUTE)

    newest, total = await workspace.read(ALL, by=ANNS_ID, limit=1)

    assert ([each.created_at for each in newest], total) == ([NOON + 2 * MINUTE], 3)


def newest_first(contents: Sequence[str]) -> list[Memory]:
    return [
        a_memory(content, created_at=NOON - timedelta(minutes=age))
        for age, content in enumerate(contents)
    ]


def words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))


def test_memories_are_ranked_by_shared_words_then_by_age() -> None:
    memories = newest_first(["New.", "High fees.", "Old.", "HIGH FEES, tobacco."])

    found = [each.content for each in rank_memories(memories, "Are the fees of tobacco high?")]

    assert found == ["HIGH FEES, tobacco.", "High fees.", "New.", "Old."]


@given(st.lists(TEXTS, max_size=40), TEXTS)
def test_the_most_relevant_are_chosen_for_any_question(contents: list[str], question: str) -> None:
    memories = newest_first(contents)

    found = rank_memories(memories, question)

    ranks = [
        (-len(words(each.content) & words(question)), memories.index(each)) for each in memories
    ]
    assert [memories[place] for _, place in sorted(ranks)[:MAX_RELEVANT]] == list(found)
    assert len(found) == min(MAX_RELEVANT, len(memories))
