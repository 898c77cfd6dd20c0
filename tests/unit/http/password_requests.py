"""Requests of password login."""

from typing import Any

import httpx

from tests.support.providers.application import PASSWORD, InMemoryApplication

CREDENTIALS = {"email": "ann@example.com", "password": PASSWORD}

NEWCOMER = {"email": "cleo@example.com", "password": "secret of cleo", "full_name": "Cleo New"}


async def log_in(api: InMemoryApplication, **changes: Any) -> httpx.Response:
    return await api("POST", "/auth/login", by=None, json={**CREDENTIALS, **changes})


async def register(api: InMemoryApplication, **changes: Any) -> httpx.Response:
    return await api("POST", "/auth/register", by=None, json={**NEWCOMER, **changes})


async def me(api: InMemoryApplication, token: str) -> httpx.Response:
    return await api("GET", "/auth/me", headers={"Authorization": f"Bearer {token}"})


def distinguishing_parts(answer: httpx.Response) -> tuple[Any, ...]:
    """Return what distinguishes responses, except for the address and the request id."""
    payload = answer.json() if answer.content else {}
    reported = {name: payload[name] for name in payload.keys() - {"instance", "detail", "message"}}
    varying = {"x-request-id", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in varying}
    return answer.status_code, reported, headers
