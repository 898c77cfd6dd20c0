"""Requests that are repeated after the time that Retry-After names (RFC 9110, § 10.2.3)."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import anyio
import httpx

REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing; others are repeated only under an Idempotency-Key."""
REFUSALS: Final = frozenset({429, 503})
QUOTAS: Final = frozenset({"ai_limit_reached"})
"""Codes of refusals that last until the end of the month, or until the plan is another."""


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How patient a client is; a longer Retry-After is left to the caller."""

    tries: int = 4
    """How often a request is sent at most."""
    max_wait: float = 60
    """How many seconds the waits of one request may take together."""


class RetryTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for `httpx.Client` and for `httpx.AsyncClient`."""

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        blocking: httpx.BaseTransport | None = None,
        asynchronous: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        sleep_async: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._policy = policy
        self._blocking = blocking or httpx.HTTPTransport()
        self._asynchronous = asynchronous or httpx.AsyncHTTPTransport()
        self._sleep = sleep
        self._sleep_async = sleep_async

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        patience = _Patience(self._policy, request)
        while True:
            response = self._blocking.handle_request(request)
            if not patience.may_repeat(response):
                return response
            response.read()
            wait = patience.wait(response)
            if wait is None:
                return response
            self._sleep(wait)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        patience = _Patience(self._policy, request)
        while True:
            response = await self._asynchronous.handle_async_request(request)
            if not patience.may_repeat(response):
                return response
            await response.aread()
            wait = patience.wait(response)
            if wait is None:
                return response
            await self._sleep_async(wait)

    def close(self) -> None:
        self._blocking.close()

    async def aclose(self) -> None:
        await self._asynchronous.aclose()


class _Patience:
    """What is left of a policy for one request."""

    def __init__(self, policy: RetryPolicy, request: httpx.Request) -> None:
        self._tries = policy.tries
        self._seconds = policy.max_wait
        self._is_repeatable = (
            request.method in REPEATABLE or "Idempotency-Key" in request.headers
        ) and isinstance(request.stream, httpx.ByteStream)

    def may_repeat(self, response: httpx.Response) -> bool:
        self._tries -= 1
        return self._is_repeatable and self._tries > 0 and response.status_code in REFUSALS

    def wait(self, response: httpx.Response) -> float | None:
        """Return the seconds to wait, or None if the response is final; its body has been read."""
        seconds = seconds_of(response.headers.get("Retry-After", ""))
        if seconds is None or seconds > self._seconds or _code_of(response) in QUOTAS:
            return None
        self._seconds -= seconds
        return seconds


def seconds_of(retry_after: str) -> float | None:
    """Return the seconds that a Retry-After names, or None if it is neither number nor date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


def _code_of(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:  # a proxy's page
        return ""
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""
