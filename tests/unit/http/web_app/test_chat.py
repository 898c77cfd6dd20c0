"""Memories and feedback in the web app's shapes."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.builders.users import BOB
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.portfolio_client import refused
from tests.unit.http.problems import problem_of

MEMORIES = "/chat/memories"


async def ask(
    api: InMemoryApplication, method: str, path: str, status: int = 200, **of: Any
) -> Any:
    answer = await api(method, path, **of)
    assert answer.status_code == status, answer.text
    return answer.json()


async def exchange(api: InMemoryApplication) -> tuple[str, str]:
    """Send a message, and return the ids of the question and of its answer."""
    conversation = (await ask(api, "POST", "/chat/conversations", 201, json={}))["id"]
    body = {"conversation_id": conversation, "text": "How?"}
    await api("POST", "/chat/send", json=body)
    [stored] = api.store.exchanges.values()
    return str(stored.question_id), str(stored.id)


class TestMemories:
    async def test_are_added_listed_counted_and_deleted(
        self, paid_api: InMemoryApplication
    ) -> None:
        added = await ask(paid_api, "POST", MEMORIES, 201, json={"content": "Short answers."})
        listed = await ask(paid_api, "GET", f"{MEMORIES}?limit=100")
        counted = await ask(paid_api, "GET", f"{MEMORIES}/count")
        deleted = await ask(paid_api, "DELETE", f"{MEMORIES}/{added['id']}")

        assert (added["content"], added["scope"], added["tags"]) == ("Short answers.", "user", {})
        assert listed == {"memories": [added], "total": 1, "limit": 100}
        assert counted == {"count": 1, "max_allowed": 50}
        assert deleted == {"deleted": 1}

    async def test_are_those_of_the_agent(self, paid_api: InMemoryApplication) -> None:
        for number in range(3):
            await ask(paid_api, "POST", "/agent/memories", 201, json={"content": f"No. {number}"})

        listed = await ask(paid_api, "GET", MEMORIES)
        deleted = await ask(paid_api, "DELETE", MEMORIES)

        assert (listed["total"], deleted) == (3, {"deleted": 3})
        assert (await ask(paid_api, "GET", "/agent/memories"))["total"] == 0


class TestFeedback:
    async def test_is_given_replaced_read_and_deleted(self, paid_api: InMemoryApplication) -> None:
        _, answer = await exchange(paid_api)
        way = f"/chat/messages/{answer}/feedback"

        await ask(paid_api, "POST", way, json={"rating": "up"})
        given = await ask(paid_api, "POST", way, json={"rating": "down", "comment": "Too long."})
        found = await ask(paid_api, "GET", way)
        deleted = await ask(paid_api, "DELETE", way)

        assert (
            found
            == given
            == {
                "id": given["id"],
                "message_id": answer,
                "rating": "down",
                "edited_text": None,
                "comment": "Too long.",
                "created_at": "2026-01-15T12:00:00Z",
            }
        )
        assert deleted == {"deleted": 1}
        for method in ("GET", "DELETE"):
            problem_of(await paid_api(method, way), 404, "feedback_not_found")

    async def test_is_on_ones_own_messages_of_the_assistant(
        self, paid_api: InMemoryApplication
    ) -> None:
        question, answer = await exchange(paid_api)
        body = {"rating": "up"}

        own = await paid_api("POST", f"/chat/messages/{question}/feedback", json=body)
        unknown = await paid_api("POST", f"/chat/messages/{uuid4()}/feedback", json=body)
        bobs = await paid_api("POST", f"/chat/messages/{answer}/feedback", by=BOB, json=body)

        assert refused(own) == [("message_id", "not_rateable")]
        problem_of(unknown, 404, "message_not_found")
        problem_of(bobs, 404, "message_not_found")
        assert paid_api.store.feedback == {}

    @pytest.mark.parametrize(
        "body", [{}, {"rating": "meh"}, {"rating": "up", "comment": "x" * 2001}]
    )
    async def test_is_up_or_down(self, paid_api: InMemoryApplication, body: dict[str, str]) -> None:
        _, answer = await exchange(paid_api)

        assert refused(await paid_api("POST", f"/chat/messages/{answer}/feedback", json=body))
