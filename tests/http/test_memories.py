"""What the caller wants remembered, over HTTP, in the contract's words."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.http.world import World
from tests.unit.examples import ANNS_ID, BOB, MINUTE, a_portfolio, a_user, bob

MEMORIES = "/agent/memories"


async def remember(world: World, content: str = "I dislike tobacco.", **about: Any) -> str:
    answer = await world("POST", MEMORIES, json={"content": content, **about})
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def listed(world: World, query: str = "") -> Any:
    answer = await world("GET", f"{MEMORIES}{query}")
    assert answer.status_code == 200
    return answer.json()


async def test_a_memory_is_kept_and_listed_as_the_contract_has_it(world: World) -> None:
    answer = await world(
        "POST", MEMORIES, json={"content": "I dislike tobacco.", "tags": {"topic": ["taste", 1]}}
    )

    told = answer.json()
    UUID(told["id"])
    assert answer.status_code == 201
    assert told == {"id": told["id"], "message": "The assistant will remember this."}
    assert await listed(world) == {
        "memories": [
            {
                "id": told["id"],
                "scope": "user",
                "portfolio_id": None,
                "content": "I dislike tobacco.",
                "tags": {"topic": ["taste", 1]},
                "created_at": "2026-01-15T12:00:00Z",
            }
        ],
        "total": 1,
    }


async def test_memories_are_listed_the_newest_first_as_many_as_are_asked_for(world: World) -> None:
    ids = []
    for _ in range(3):
        ids.append(await remember(world))
        world.clock.advance(MINUTE)

    everything, newest = await listed(world), await listed(world, "?limit=1")

    assert [each["id"] for each in everything["memories"]] == ids[::-1]
    assert [each["id"] for each in newest["memories"]] == ids[2:]
    assert (everything["total"], newest["total"]) == (3, 3)


async def test_memories_are_told_apart_by_scope_and_portfolio(world: World) -> None:
    one, other = a_portfolio(), a_portfolio()
    world.memory.portfolios.update({(ANNS_ID, each.id): each for each in (one, other)})
    general = await remember(world)
    about, about_other = [
        await remember(world, scope="portfolio", portfolio_id=str(each.id)) for each in (one, other)
    ]

    async def found(query: str) -> set[str]:
        answer = await listed(world, query)
        assert answer["total"] == len(answer["memories"])
        return {each["id"] for each in answer["memories"]}

    assert await found("?scope=user") == {general}
    assert await found("?scope=portfolio") == {about, about_other}
    assert await found(f"?portfolio_id={one.id}") == {about}
    strange = await world("GET", f"/agent/memories?portfolio_id={uuid4()}")
    assert (strange.status_code, strange.json()["error"]) == (404, "portfolio_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": ""},
        {"content": " \n"},
        {"content": "x" * 501},
        {"content": "a\x00b"},
        {"content": 7},
        {"content": "x", "scope": "world"},
        {"content": "x", "scope": "portfolio"},
        {"content": "x", "portfolio_id": str(uuid4())},
        {"content": "x", "scope": "portfolio", "portfolio_id": "x"},
        {"content": "x", "tags": ["taste"]},
        {"content": "x", "tags": {"x": "y" * 2_001}},
    ],
)
async def test_what_cannot_be_remembered_is_refused(world: World, body: Any) -> None:
    answer = await world("POST", MEMORIES, json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert answer.json()["errors"]
    assert world.memory.facts == {}


async def test_five_hundred_characters_are_remembered(world: World) -> None:
    await remember(world, "ß" * 500)

    assert (await listed(world))["memories"][0]["content"] == "ß" * 500


@pytest.mark.parametrize("query", ["scope=world", "portfolio_id=x", "limit=0", "limit=51"])
async def test_a_list_that_is_none_is_refused(world: World, query: str) -> None:
    answer = await world("GET", f"{MEMORIES}?{query}")

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


async def test_a_memory_about_somebody_elses_portfolio_is_refused(world: World) -> None:
    bobs = a_portfolio(user_id=bob().id)
    world.memory.portfolios[bobs.user_id, bobs.id] = bobs

    answer = await world(
        "POST",
        MEMORIES,
        json={"content": "x", "scope": "portfolio", "portfolio_id": str(bobs.id)},
    )

    assert (answer.status_code, answer.json()["error"]) == (404, "portfolio_not_found")
    assert world.memory.facts == {}


async def test_the_fifty_first_memory_is_a_conflict_until_one_is_deleted(world: World) -> None:
    ids = [await remember(world) for _ in range(50)]

    full = await world("POST", MEMORIES, json={"content": "One more."})
    await world("DELETE", f"{MEMORIES}/{ids[0]}")

    assert (full.status_code, full.json()["error"]) == (409, "memory_limit_reached")
    assert await remember(world)
    assert (await world("GET", f"{MEMORIES}/count")).json() == {"count": 50}


async def test_a_memory_that_was_deleted_is_gone(world: World) -> None:
    memory, other = await remember(world), await remember(world)

    answer = await world("DELETE", f"{MEMORIES}/{memory}")
    again = await world("DELETE", f"{MEMORIES}/{memory}")

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "message": "The memory was deleted."}
    assert (again.status_code, again.json()["error"]) == (404, "memory_not_found")
    assert [each["id"] for each in (await listed(world))["memories"]] == [other]


async def test_all_memories_are_deleted_at_once_and_may_be_none(world: World) -> None:
    for _ in range(2):
        await remember(world)

    answers = [await world("DELETE", MEMORIES) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert [each.json() for each in answers] == [
        {"success": True, "message": "Memories deleted: 2."},
        {"success": True, "message": "Memories deleted: 0."},
    ]
    assert (await world("GET", f"{MEMORIES}/count")).json() == {"count": 0}


async def test_nobody_sees_or_deletes_somebody_elses_memories(world: World) -> None:
    world.with_users(a_user(invite_validated=True), bob(invite_validated=True))
    memory = await remember(world)

    seen = await world("GET", MEMORIES, by=BOB)
    counted = await world("GET", f"{MEMORIES}/count", by=BOB)
    deleted = await world("DELETE", f"{MEMORIES}/{memory}", by=BOB)
    await world("DELETE", MEMORIES, by=BOB)

    assert seen.json() == {"memories": [], "total": 0}
    assert counted.json() == {"count": 0}
    assert (deleted.status_code, deleted.json()["error"]) == (404, "memory_not_found")
    assert (await listed(world))["total"] == 1


async def test_the_memories_of_a_deleted_portfolio_are_gone(world: World) -> None:
    portfolio = a_portfolio()
    world.memory.portfolios[ANNS_ID, portfolio.id] = portfolio
    await remember(world, scope="portfolio", portfolio_id=str(portfolio.id))

    await world("DELETE", f"/portfolios/{portfolio.id}")

    assert await listed(world) == {"memories": [], "total": 0}
