"""A conversation of Ann's, and requests to it."""

from typing import Any

import pytest

from tests.support.builders.instants import NOON
from tests.support.providers.application import InMemoryApplication

__all__ = ["conversation"]


QUESTION = "How am I doing?"

IN_MS = int(NOON.timestamp() * 1000)


@pytest.fixture
async def conversation(api: InMemoryApplication) -> str:
    answer = await api("POST", "/chat/conversations", json={})
    return str(answer.json()["id"])


async def send(
    api: InMemoryApplication, conversation: str, key: str | None = None, **body: Any
) -> Any:
    return await api(
        "POST",
        "/chat/send",
        json={"conversation_id": conversation, "text": QUESTION, **body},
        headers={"Idempotency-Key": key} if key else None,
    )


def text_of(events: list[tuple[str, Any]]) -> str:
    return "".join(data["data"]["delta"] for name, data in events if name == "token")
