"""Memories over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.builders.instants import MINUTE
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOB, a_user, bob
from tests.support.providers.application import InMemoryApplication

MEMORIES = "/agent/memories"


async def add_memory(
    api: InMemoryApplication, content: str = "I dislike tobacco.", **about: Any
) -> str:
    answer = await api("POST", MEMORIES, json={"content": content, **about})
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def listed(api: InMemoryApplication, query: str = "") -> Any:
    answer = await api("GET", f"{MEMORIES}{query}")
    assert answer.status_code == 200
    return answer.json()


async def test_a_memory_is_stored_and_listed_as_in_the_contract(api: InMemoryApplication) -> None:
    answer = await api(
        "POST", MEMORIES, json={"content": "I dislike tobacco.", "tags": {"topic": ["taste", 1]}}
    )

    reported = answer.json()
    UUID(reported["id"])
    assert answer.status_code == 201
    assert reported == {"id": reported["id"], "message": "The assistant will remember this."}
    assert await listed(api) == {
        "memories": [
            {
                "id": reported["id"],
                "scope": "user",
                "portfolio_id": None,
                "content": "I dislike tobacco.",
                "tags": {"topic": ["taste", 1]},
                "created_at": "2026-01-15T12:00:00Z",
            }
        ],
        "total": 1,
    }


async def test_memories_are_listed_newest_first_up_to_the_limit(
    api: InMemoryApplication,
) -> None:
    ids = []
    for _ in range(3):
        ids.append(await add_memory(api))
        api.clock.advance(MINUTE)

    everything, newest = await listed(api), await listed(api, "?limit=1")

    assert [each["id"] for each in everything["memories"]] == ids[::-1]
    assert [each["id"] for each in newest["memories"]] == ids[2:]
    assert (everything["total"], newest["total"]) == (3, 3)


async def test_memories_are_filtered_by_scope_and_portfolio(api: InMemoryApplication) -> None:
    one, other = a_portfolio(), a_portfolio()
    api.store.portfolios.update({(ANNS_ID, each.id): each for each in (one, other)})
    general = await add_memory(api)
    about, about_other = [
        await add_memory(api, scope="portfolio", portfolio_id=str(each.id)) for each in (one, other)
    ]

    async def found(query: str) -> set[str]:
        answer = await listed(api, query)
        assert answer["total"] == len(answer["memories"])
        return {each["id"] for each in answer["memories"]}

    assert await found("?scope=user") == {general}
    assert await found("?scope=portfolio") == {about, about_other}
    assert await found(f"?portfolio_id={one.id}") == {about}
    strange = await api("GET", f"/agent/memories?portfolio_id={uuid4()}")
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
async def test_invalid_memories_are_refused(api: InMemoryApplication, body: Any) -> None:
    answer = await api("POST", MEMORIES, json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert answer.json()["errors"]
    assert api.store.facts == {}


async def test_five_hundred_characters_are_accepted(api: InMemoryApplication) -> None:
    await add_memory(api, "ß" * 500)

    assert (await listed(api))["memories"][0]["content"] == "ß" * 500


@pytest.mark.parametrize("query", ["scope=world", "portfolio_id=x", "limit=0", "limit=51"])
async def test_an_invalid_list_is_refused(api: InMemoryApplication, query: str) -> None:
    answer = await api("GET", f"{MEMORIES}?{query}")

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


async def test_a_memory_about_another_users_portfolio_is_refused(api: InMemoryApplication) -> None:
    bobs = a_portfolio(user_id=bob().id)
    api.store.portfolios[bobs.user_id, bobs.id] = bobs

    answer = await api(
        "POST",
        MEMORIES,
        json={"content": "x", "scope": "portfolio", "portfolio_id": str(bobs.id)},
    )

    assert (answer.status_code, answer.json()["error"]) == (404, "portfolio_not_found")
    assert api.store.facts == {}


async def test_the_fifty_first_memory_is_a_conflict_until_one_is_deleted(
    api: InMemoryApplication,
) -> None:
    ids = [await add_memory(api) for _ in range(50)]

    full = await api("POST", MEMORIES, json={"content": "One more."})
    await api("DELETE", f"{MEMORIES}/{ids[0]}")

    assert (full.status_code, full.json()["error"]) == (409, "memory_limit_reached")
    assert await add_memory(api)
    assert (await api("GET", f"{MEMORIES}/count")).json() == {"count": 50}


async def test_a_memory_that_was_deleted_is_deleted(api: InMemoryApplication) -> None:
    memory, other = await add_memory(api), await add_memory(api)

    answer = await api("DELETE", f"{MEMORIES}/{memory}")
    again = await api("DELETE", f"{MEMORIES}/{memory}")

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "message": "The memory was deleted."}
    assert (again.status_code, again.json()["error"]) == (404, "memory_not_found")
    assert [each["id"] for each in (await listed(api))["memories"]] == [other]


async def test_all_memories_are_deleted_at_once_even_if_there_are_none(
    api: InMemoryApplication,
) -> None:
    for _ in range(2):
        await add_memory(api)

    answers = [await api("DELETE", MEMORIES) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert [each.json() for each in answers] == [
        {"success": True, "message": "Memories deleted: 2."},
        {"success": True, "message": "Memories deleted: 0."},
    ]
    assert (await api("GET", f"{MEMORIES}/count")).json() == {"count": 0}


async def test_users_cannot_read_or_delete_each_others_memories(api: InMemoryApplication) -> None:
    api.with_users(a_user(invite_validated=True), bob(invite_validated=True))
    memory = await add_memory(api)

    seen = await api("GET", MEMORIES, by=BOB)
    counted = await api("GET", f"{MEMORIES}/count", by=BOB)
    deleted = await api("DELETE", f"{MEMORIES}/{memory}", by=BOB)
    await api("DELETE", MEMORIES, by=BOB)

    assert seen.json() == {"memories": [], "total": 0}
    assert counted.json() == {"count": 0}
    assert (deleted.status_code, deleted.json()["error"]) == (404, "memory_not_found")
    assert (await listed(api))["total"] == 1


async def test_the_memories_of_a_deleted_portfolio_are_deleted(api: InMemoryApplication) -> None:
    portfolio = a_portfolio()
    api.store.portfolios[ANNS_ID, portfolio.id] = portfolio
    await add_memory(api, scope="portfolio", portfolio_id=str(portfolio.id))

    await api("DELETE", f"/portfolios/{portfolio.id}")

    assert await listed(api) == {"memories": [], "total": 0}
