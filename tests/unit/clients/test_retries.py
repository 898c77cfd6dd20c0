"""What the Python client repeats, and how long it waits."""

import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Final

import httpx
import pytest

from sigmasight_client.retries import RetryPolicy, RetryTransport, seconds_of

Answer = tuple[int, Mapping[str, str], Any]

UNAVAILABLE: Final[Answer] = (503, {"Retry-After": "5"}, {"code": "database_unavailable"})
LIMITED: Final[Answer] = (429, {"Retry-After": "7"}, {"code": "rate_limited"})
SPENT: Final[Answer] = (429, {"Retry-After": "9"}, {"code": "ai_limit_reached"})
FINE: Final[Answer] = (200, {}, {})
KEY: Final = {"Idempotency-Key": "1"}


class ScriptedServer:
    """Gives its answers one after the other; each request must be the same."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []
        self.waits: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.content)
        status, headers, body = self._answers.pop(0)
        return httpx.Response(status, headers=headers, json=body)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    @property
    def transport(self) -> RetryTransport:
        scripted = httpx.MockTransport(self.answer)
        return RetryTransport(
            RetryPolicy(tries=3, max_wait=60),
            blocking=scripted,
            asynchronous=scripted,
            sleep=self.waits.append,
            sleep_async=self.wait,
        )


class Requester:
    """Sends the same request with both kinds of client, and compares what happens."""

    def __init__(self, method: str, headers: Mapping[str, str] | None = None) -> None:
        self._method = method
        self._headers = headers
        self._body = b"" if method == "GET" else b'{"text": "Hello"}'

    async def send(self, *answers: Answer) -> tuple[int, list[float]]:
        """Return the last status, and the waits."""
        blocking, asynchronous = ScriptedServer(*answers), ScriptedServer(*answers)
        response = self._send_blocking(blocking.transport)
        async with httpx.AsyncClient(transport=asynchronous.transport) as other:
            same = await other.request(*self._request, headers=self._headers, content=self._body)

        assert set(blocking.bodies) == set(asynchronous.bodies) == {self._body}
        assert (response.status_code, response.json()) == (same.status_code, same.json())
        assert blocking.waits == asynchronous.waits
        return response.status_code, blocking.waits

    def _send_blocking(self, transport: RetryTransport) -> httpx.Response:
        with httpx.Client(transport=transport) as client:
            return client.request(*self._request, headers=self._headers, content=self._body)

    @property
    def _request(self) -> tuple[str, str]:
        return self._method, "http://127.0.0.1/"


async def test_a_read_is_repeated_after_the_time_that_the_server_names() -> None:
    assert await Requester("GET").send(UNAVAILABLE, LIMITED, FINE) == (200, [5, 7])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_repeated_under_an_idempotency_key_only(method: str) -> None:
    assert await Requester(method, KEY).send(UNAVAILABLE, FINE) == (200, [5])
    assert await Requester(method).send(UNAVAILABLE) == (503, [])


async def test_tries_and_waits_have_an_end() -> None:
    slow: Answer = (503, {"Retry-After": "40"}, {})

    assert await Requester("GET").send(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE) == (503, [5, 5])
    assert await Requester("GET").send(slow, slow) == (503, [40])


async def test_a_spent_quota_is_not_waited_for() -> None:
    assert await Requester("POST", KEY).send(SPENT) == (429, [])


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "-1"}])
async def test_a_refusal_that_names_no_time_is_final(headers: Mapping[str, str]) -> None:
    assert await Requester("GET").send((503, headers, [])) == (503, [])


async def test_other_failures_are_final() -> None:
    assert await Requester("GET").send((500, {"Retry-After": "1"}, {})) == (500, [])


def test_a_date_is_a_time_too() -> None:
    assert seconds_of(formatdate(0, usegmt=True)) == 0
    assert seconds_of(formatdate(time.time() + 3_600, usegmt=True)) is not None
