"""Clerk's Backend API as the adapters see it: scripted, with sleeps that take no time."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from sigmasight.adapters.clerk.client import ClerkClient
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock

URL: Final = "https://api.clerk.test/v1"
KEY: Final = "sk_test_of_the_tests"
Answer = httpx.Response | Exception


def answer(body: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


class ScriptedClerk:
    """Returns its responses in order, repeating the last one, and records the requests."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    @asynccontextmanager
    async def backend(self, key: str | None = KEY) -> AsyncIterator[ClerkClient]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._handle)) as client:
            yield ClerkClient(client, URL, key, FixedClock(NOON), sleep=self.sleep)

    @property
    def asked(self) -> Sequence[str]:
        """The requests so far: method, path and query."""
        return [
            f"{request.method} {request.url.raw_path.decode().removeprefix('/v1')}"
            for request in self.requests
        ]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(given, Exception):
            raise given
        # A response belongs to one request: the last one may be given several times.
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)


Asking = Callable[[ClerkClient], Any]


async def asking(clerk: ScriptedClerk, ask: Asking, key: str | None = KEY) -> Any:
    """Return what an adapter makes of that Clerk."""
    async with clerk.backend(key) as backend:
        return await ask(backend)
