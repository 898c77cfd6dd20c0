"""Conversations over HTTP, in the contract's words."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from sigmasight.domain.access.usage import RESERVATION_LIFETIME
from tests.http.world import World
from tests.unit.examples import BOB, a_portfolio, a_user, bob


async def begin(world: World, **body: Any) -> Any:
    answer = await world("POST", "/chat/conversations", json=body)
    assert answer.status_code == 201
    return answer.json()


async def send(world: World, conversation: str, text: str = "How am I doing?") -> None:
    body = {"conversation_id": conversation, "text": text}
    assert (await world("POST", "/chat/send", json=body)).status_code == 200


async def test_a_conversation_begins_green_and_about_everything(world: World) -> None:
    conversation = await begin(world)

    UUID(conversation.pop("id"))
    assert conversation == {
        "mode": "green",
        "created_at": "2026-01-15T12:00:00Z",
        "provider": "fake",
        "provider_thread_id": None,
        "portfolio_ids": [],
        "page_hint": None,
        "route": None,
    }


async def test_a_conversation_is_about_the_portfolios_named_each_once(world: World) -> None:
    one, other = a_portfolio(), a_portfolio()
    world.memory.portfolios.update({(each.user_id, each.id): each for each in (one, other)})

    conversation = await begin(
        world,
        mode="violet",
        portfolio_id=str(one.id),
        portfolio_ids=[str(other.id), str(one.id)],
        page_hint="risk",
        route="/risk",
    )

    assert conversation["portfolio_ids"] == [str(other.id), str(one.id)]
    assert (conversation["mode"], conversation["page_hint"]) == ("violet", "risk")
    assert (await world("GET", f"/chat/conversations/{conversation['id']}")).json() == conversation


async def test_a_conversation_about_somebody_elses_portfolio_is_refused(world: World) -> None:
    bobs = a_portfolio(user_id=bob().id)
    world.memory.portfolios[bobs.user_id, bobs.id] = bobs

    answer = await world("POST", "/chat/conversations", json={"portfolio_id": str(bobs.id)})

    assert (answer.status_code, answer.json()["error"]) == (404, "portfolio_not_found")
    assert world.memory.conversations == {}


async def test_conversations_are_listed_page_by_page(world: World) -> None:
    ids = {(await begin(world))["id"] for _ in range(3)}

    pages = [
        (await world("GET", f"/chat/conversations?limit=2&offset={offset}")).json()
        for offset in (0, 2)
    ]

    assert [len(page) for page in pages] == [2, 1]
    assert {each["id"] for page in pages for each in page} == ids


async def test_the_mode_is_changed_and_both_are_told(world: World) -> None:
    conversation = await begin(world)

    answer = await world(
        "PUT", f"/chat/conversations/{conversation['id']}/mode", json={"mode": "blue"}
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "id": conversation["id"],
        "previous_mode": "green",
        "new_mode": "blue",
        "changed_at": "2026-01-15T12:00:00Z",
    }


async def test_a_conversation_that_was_deleted_is_gone(world: World) -> None:
    conversation = await begin(world)
    path = f"/chat/conversations/{conversation['id']}"

    answer = await world("DELETE", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await world("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("PUT", "/mode", {"mode": "blue"}),
        ("GET", "/messages", None),
    ],
)
async def test_somebody_elses_conversation_is_not_found(
    world: World, method: str, path: str, body: Any
) -> None:
    world.with_users(a_user(invite_validated=True), bob(invite_validated=True))
    conversation = await begin(world)

    answer = await world(
        method, f"/chat/conversations/{conversation['id']}{path}", by=BOB, json=body
    )

    assert (answer.status_code, answer.json()["error"]) == (404, "conversation_not_found")
    assert (await world("GET", "/chat/conversations")).json() == [conversation]


async def test_messages_are_told_oldest_first_and_in_pages_from_the_newest(world: World) -> None:
    conversation = await begin(world)
    for text in ("One?", "Two?", "Three?"):
        await send(world, conversation["id"], text)
        world.clock.advance(RESERVATION_LIFETIME)
    path = f"/chat/conversations/{conversation['id']}/messages"

    page = (await world("GET", f"{path}?limit=2")).json()
    rest = (await world("GET", f"{path}?limit=2&offset=2")).json()

    assert [(each["role"], each["content"]) for each in page["messages"]] == [
        ("user", "Two?"),
        ("assistant", "All is well."),
        ("user", "Three?"),
        ("assistant", "All is well."),
    ]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    assert [each["content"] for each in rest["messages"]] == ["One?", "All is well."]
    assert {each["state"] for each in page["messages"]} == {"complete"}


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "red"},
        {"portfolio_ids": ["x"]},
        {"portfolio_ids": [str(uuid4())] * 51},
        {"page_hint": "x" * 201},
        {"route": "a\x00b"},
    ],
)
async def test_what_makes_no_conversation_is_refused(world: World, body: Any) -> None:
    answer = await world("POST", "/chat/conversations", json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
