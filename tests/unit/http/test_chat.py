"""Conversations over HTTP, in the contract's words."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from sigmasight.domain.access.usage import RESERVATION_LIFETIME
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import BOB, a_user, bob
from tests.support.providers.application import InMemoryApplication


async def start_conversation(api: InMemoryApplication, **body: Any) -> Any:
    answer = await api("POST", "/chat/conversations", json=body)
    assert answer.status_code == 201
    return answer.json()


async def send(api: InMemoryApplication, conversation: str, text: str = "How am I doing?") -> None:
    body = {"conversation_id": conversation, "text": text}
    assert (await api("POST", "/chat/send", json=body)).status_code == 200


async def test_a_conversation_begins_green_and_about_everything(api: InMemoryApplication) -> None:
    conversation = await start_conversation(api)

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


async def test_a_conversation_is_about_the_portfolios_named_each_once(
    api: InMemoryApplication,
) -> None:
    one, other = a_portfolio(), a_portfolio()
    api.store.portfolios.update({(each.user_id, each.id): each for each in (one, other)})

    conversation = await start_conversation(
        api,
        mode="violet",
        portfolio_id=str(one.id),
        portfolio_ids=[str(other.id), str(one.id)],
        page_hint="risk",
        route="/risk",
    )

    assert conversation["portfolio_ids"] == [str(other.id), str(one.id)]
    assert (conversation["mode"], conversation["page_hint"]) == ("violet", "risk")
    assert (await api("GET", f"/chat/conversations/{conversation['id']}")).json() == conversation


async def test_a_conversation_about_another_users_portfolio_is_refused(
    api: InMemoryApplication,
) -> None:
    bobs = a_portfolio(user_id=bob().id)
    api.store.portfolios[bobs.user_id, bobs.id] = bobs

    answer = await api("POST", "/chat/conversations", json={"portfolio_id": str(bobs.id)})

    assert (answer.status_code, answer.json()["error"]) == (404, "portfolio_not_found")
    assert api.store.conversations == {}


async def test_conversations_are_listed_page_by_page(api: InMemoryApplication) -> None:
    ids = {(await start_conversation(api))["id"] for _ in range(3)}

    pages = [
        (await api("GET", f"/chat/conversations?limit=2&offset={offset}")).json()
        for offset in (0, 2)
    ]

    assert [len(page) for page in pages] == [2, 1]
    assert {each["id"] for page in pages for each in page} == ids


async def test_changing_the_mode_returns_both_modes(api: InMemoryApplication) -> None:
    conversation = await start_conversation(api)

    answer = await api(
        "PUT", f"/chat/conversations/{conversation['id']}/mode", json={"mode": "blue"}
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "id": conversation["id"],
        "previous_mode": "green",
        "new_mode": "blue",
        "changed_at": "2026-01-15T12:00:00Z",
    }


async def test_a_conversation_that_was_deleted_is_deleted(api: InMemoryApplication) -> None:
    conversation = await start_conversation(api)
    path = f"/chat/conversations/{conversation['id']}"

    answer = await api("DELETE", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await api("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("PUT", "/mode", {"mode": "blue"}),
        ("GET", "/messages", None),
    ],
)
async def test_another_users_conversation_is_not_found(
    api: InMemoryApplication, method: str, path: str, body: Any
) -> None:
    api.with_users(a_user(invite_validated=True), bob(invite_validated=True))
    conversation = await start_conversation(api)

    answer = await api(method, f"/chat/conversations/{conversation['id']}{path}", by=BOB, json=body)

    assert (answer.status_code, answer.json()["error"]) == (404, "conversation_not_found")
    assert (await api("GET", "/chat/conversations")).json() == [conversation]


async def test_messages_are_listed_oldest_first_in_pages_from_the_newest(
    api: InMemoryApplication,
) -> None:
    conversation = await start_conversation(api)
    for text in ("One?", "Two?", "Three?"):
        await send(api, conversation["id"], text)
        api.clock.advance(RESERVATION_LIFETIME)
    path = f"/chat/conversations/{conversation['id']}/messages"

    page = (await api("GET", f"{path}?limit=2")).json()
    rest = (await api("GET", f"{path}?limit=2&offset=2")).json()

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
async def test_an_invalid_conversation_is_refused(api: InMemoryApplication, body: Any) -> None:
    answer = await api("POST", "/chat/conversations", json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
