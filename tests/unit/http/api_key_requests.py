"""Requests with API keys, and about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx

from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.users import ANN
from tests.support.providers.application import InMemoryApplication

KEYS: Final = "/auth/api-keys"


async def create(api: InMemoryApplication, by: ClerkUserId = ANN, **body: Any) -> dict[str, Any]:
    answer = await api("POST", KEYS, by=by, json={"name": "Notebook", **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def send(
    api: InMemoryApplication, key: Mapping[str, Any] | str, method: str, path: str, **body: Any
) -> httpx.Response:
    text = key if isinstance(key, str) else key["key"]
    return await api(method, path, by=None, headers={"Authorization": f"Bearer {text}"}, **body)


def isoformat(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
