"""What every Memories promises."""

from dataclasses import replace

from sigmasight.domain.assistant.memories import MemoryFilter, MemoryScope
from tests.integration.contracts.assistant import *  # noqa: F403  a fixture
from tests.integration.contracts.assistant import AssistantPorts
from tests.support.builders.assistant import a_memory
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID

ALL = MemoryFilter()


async def test_memories_are_their_owners_alone_and_the_newest_come_first(
    assistant: AssistantPorts,
) -> None:
    old, new = a_memory(tags={"topic": "taste"}), a_memory(created_at=NOON + MINUTE)
    for memory in (old, new, a_memory(user_id=BOBS_ID)):
        assert await assistant.memories.add(memory, most=9)

    assert await assistant.memories.list(ANNS_ID, ALL, limit=9) == [new, old]
    assert await assistant.memories.list(ANNS_ID, ALL, limit=1) == [new]
    assert await assistant.memories.count(ANNS_ID, ALL) == 2
    assert await assistant.memories.remove(BOBS_ID, new.id) == 0
    assert await assistant.memories.remove(ANNS_ID, new.id) == 1
    assert await assistant.memories.remove(ANNS_ID, None) == 1
    assert await assistant.memories.count(BOBS_ID, ALL) == 1


async def test_memories_are_filtered_by_scope(assistant: AssistantPorts) -> None:
    growth, other = a_portfolio(), a_portfolio(terms=terms(account_name="Other"))
    await assistant.put(growth, other)
    general = a_memory()
    about = a_memory(portfolio_id=growth.id)
    about_other = a_memory(portfolio_id=other.id)
    for memory in (general, about, about_other):
        await assistant.memories.add(memory, most=9)

    async def found(which: MemoryFilter) -> set[object]:
        return {each.id for each in await assistant.memories.list(ANNS_ID, which, limit=9)}

    assert await found(MemoryFilter(scope=MemoryScope.USER)) == {general.id}
    assert await found(MemoryFilter(scope=MemoryScope.PORTFOLIO)) == {about.id, about_other.id}
    assert await found(MemoryFilter(portfolio_id=growth.id)) == {about.id}
    assert {each.id for each in await assistant.memories.relevant_to(ANNS_ID, [growth.id])} == {
        general.id,
        about.id,
    }


async def test_the_memories_of_a_deleted_portfolio_are_deleted_and_do_not_count(
    assistant: AssistantPorts,
) -> None:
    portfolio = a_portfolio()
    await assistant.put(portfolio)
    await assistant.memories.add(a_memory(portfolio_id=portfolio.id), most=1)

    await assistant.put(replace(portfolio, deleted_at=NOON))

    assert await assistant.memories.list(ANNS_ID, ALL, limit=9) == []
    assert await assistant.memories.relevant_to(ANNS_ID, [portfolio.id]) == []
    assert await assistant.memories.count(ANNS_ID, ALL) == 0
    assert await assistant.memories.add(a_memory(), most=1)


async def test_memories_are_limited(assistant: AssistantPorts) -> None:
    kept_ones = [await assistant.memories.add(a_memory(), most=2) for _ in range(3)]

    assert kept_ones == [True, True, False]
