"""A client of several servers at once: each request goes to the next of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count, cycle
from typing import Any

import httpx

from tests.support.builders import signing
from tests.support.builders.clerk_users import Event
from tests.support.servers.api_servers import Server

Answers = Sequence[httpx.Response]


class Api:
    """The API behind a round robin of servers."""

    def __init__(self, clients: Iterable[httpx.AsyncClient]) -> None:
        self._clients = cycle(clients)
        self._deliveries = count(1)

    async def get(self, path: str, token: str) -> httpx.Response:
        return await next(self._clients).get(path, headers=bearer(token))

    async def post(
        self, path: str, token: str, body: Any, *, key: str | None = None
    ) -> httpx.Response:
        """Send a body, under an Idempotency-Key if there is one."""
        headers = bearer(token) | ({"Idempotency-Key": key} if key else {})
        return await next(self._clients).post(path, headers=headers, json=body)

    async def upload(
        self, path: str, token: str, form: dict[str, str], **files: bytes
    ) -> httpx.Response:
        """Send a form with files, each under its field's name."""
        named = {field: (f"{field}.csv", content, "text/csv") for field, content in files.items()}
        return await next(self._clients).post(path, headers=bearer(token), data=form, files=named)

    async def post_as_stranger(self, path: str, body: Any) -> httpx.Response:
        return await next(self._clients).post(path, json=body)

    async def put(self, path: str, token: str, body: Any) -> httpx.Response:
        return await next(self._clients).put(path, headers=bearer(token), json=body)

    async def delete(self, path: str, token: str) -> httpx.Response:
        return await next(self._clients).delete(path, headers=bearer(token))

    async def delete_many(self, path: str, token: str, body: Any) -> httpx.Response:
        return await next(self._clients).request("DELETE", path, headers=bearer(token), json=body)

    async def deliver(self, event: Event, svix_id: str | None = None) -> httpx.Response:
        """Send a webhook as Svix would, under an id of its own unless one is given."""
        headers, body = signing.a_webhook(event, svix_id=svix_id or f"msg_{next(self._deliveries)}")
        return await next(self._clients).post("/webhooks/clerk", headers=headers, content=body)

    async def probe(self, path: str) -> httpx.Response:
        return await next(self._clients).get(path)


@asynccontextmanager
async def client_of(*servers: Server) -> AsyncIterator[Api]:
    async with AsyncExitStack() as stack:
        clients = [
            httpx.AsyncClient(
                base_url=f"{server.url}/api/v1",
                timeout=60,
                limits=httpx.Limits(max_connections=128, max_keepalive_connections=128),
            )
            for server in servers
        ]
        yield Api([await stack.enter_async_context(client) for client in clients])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def at_once(requests: Iterable[Coroutine[Any, Any, httpx.Response]]) -> Answers:
    return await asyncio.gather(*requests)


def statuses(answers: Answers) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def all_unavailable(answers: Answers, error: str) -> bool:
    """Whether every response is a 503 with that code and a Retry-After."""
    return all(
        answer.status_code == 503
        and answer.json()["error"] == error
        and int(answer.headers["Retry-After"]) > 0
        for answer in answers
    )


def outcomes(answers: Answers) -> Counter[str]:
    """Count what webhooks or invites were answered with; a refusal counts by its code."""
    return Counter(
        body.get("error") or body["status"] for body in (answer.json() for answer in answers)
    )
