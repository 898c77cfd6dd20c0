"""The client of Clerk's Backend API (https://clerk.com/docs/reference/backend-api)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from sigmasight.adapters.clerk.answers import AnswerTooLargeError, read_bounded
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from sigmasight.domain.kernel import Clock

API_VERSION: Final = "2026-05-12"
FIRST_WAIT: Final = 0.4
SHORTEST_WAIT: Final = 0.1
MAX_RETRY_AFTER: Final = 3600.0
"""Seconds: the longest Retry-After that is passed on."""
MAX_BYTES: Final = 16 << 20
OF_TRANSFER: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
CONNECTION_ERRORS: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
KEY_REFUSED: Final = "The identity provider refused our secret key. Operators: check it."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long and how often a request is tried; times are in seconds."""

    timeout: float
    """For each try as a whole."""
    tries: int
    max_backoff: float
    """The longest wait between tries."""
    max_retry_after: float
    """The longest Retry-After that is waited for."""


INTERACTIVE: Final = RetryPolicy(timeout=5, tries=2, max_backoff=1, max_retry_after=1)
"""For requests that a user waits for."""
BATCH: Final = RetryPolicy(timeout=15, tries=4, max_backoff=2, max_retry_after=30)
"""For an operator's command."""


@dataclass(frozen=True, slots=True)
class ClerkRequest:
    """One request to the Backend API.

    One that is not `idempotent` is repeated only where Clerk cannot have acted on it.
    """

    method: str
    path: str
    policy: RetryPolicy
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, Any] | None = None
    idempotent: bool = True
    expected_statuses: Collection[int] = ()
    """The error statuses that the caller handles."""


def build_path(*segments: str) -> str:
    """Return a path in which no id can leave its own segment."""
    return "".join(f"/{quote(segment, safe='').replace('.', '%2E')}" for segment in segments)


class ClerkClient:
    """Sends requests and retries them; without a secret key, it sends nothing."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        secret_key: str | None,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._url = url
        self._secret_key = secret_key
        self._clock = clock
        self._sleep = sleep

    @property
    def now(self) -> datetime:
        """The instant from which what an answer says is left counts."""
        return self._clock.now()

    @property
    def has_key(self) -> bool:
        """Whether we have a key."""
        return self._secret_key is not None

    async def send(self, request: ClerkRequest) -> httpx.Response:
        """Return a successful response, or one of the expected statuses.

        Raise IdentityProviderUnavailableError for every other, and IdentityProviderClosedError
        without a key.
        """
        if self._secret_key is None:
            raise IdentityProviderClosedError
        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(request.policy.tries),
            wait=_WaitStrategy(request.policy),
            retry=retry_if_exception_type(_RetryableError),
            reraise=True,
        )
        try:
            answer: httpx.Response = await retrying(self._try, request, self._secret_key)
        except _RequestFailedError as error:
            logger.warning("Clerk did not answer %s %s: %s", request.method, request.path, error)
            raise IdentityProviderUnavailableError(retry_after=error.retry_after) from error
        return _checked(request, answer)

    async def _try(self, request: ClerkRequest, secret_key: str) -> httpx.Response:
        """Return a response that is no reason to retry."""
        try:
            async with asyncio.timeout(request.policy.timeout):
                answer = await self._send(
                    request.method,
                    httpx.URL(f"{self._url}{request.path}", params=request.query or None),
                    json=request.body,
                    headers={
                        "Authorization": f"Bearer {secret_key}",
                        "Clerk-API-Version": API_VERSION,
                    },
                    timeout=request.policy.timeout,
                )
        except CONNECTION_ERRORS as error:
            raise _RetryableError(repr(error)) from error
        except (httpx.RequestError, TimeoutError) as error:
            raise _failure_type(request)(repr(error)) from error
        except AnswerTooLargeError as error:
            raise _RequestFailedError(str(error)) from error
        self._raise_for_unavailable(request, answer)
        return answer

    async def _send(self, method: str, url: httpx.URL, **options: Any) -> httpx.Response:
        """Return the whole response, or raise AnswerTooLargeError."""
        async with self._client.stream(method, url, **options) as answer:
            body = await read_bounded(answer, MAX_BYTES)
        headers = [pair for pair in answer.headers.items() if pair[0] not in OF_TRANSFER]
        return httpx.Response(answer.status_code, headers=headers, content=body)

    def _raise_for_unavailable(self, request: ClerkRequest, answer: httpx.Response) -> None:
        status = answer.status_code
        busy = status == HTTPStatus.TOO_MANY_REQUESTS
        if not busy and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        retry_after = self._retry_after(answer)
        if retry_after is not None and retry_after > request.policy.max_retry_after:
            raise _RequestFailedError(
                f"status {status}, Retry-After {retry_after:.0f} s", retry_after
            )
        failure = _RetryableError if busy else _failure_type(request)
        raise failure(f"status {status}", retry_after)

    def _retry_after(self, answer: httpx.Response) -> float | None:
        """Return the seconds a Retry-After names (RFC 9110 section 10.2.3)."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text), MAX_RETRY_AFTER)
        try:
            left = (parsedate_to_datetime(text) - self._clock.now()).total_seconds()
        except (ValueError, TypeError, OverflowError):  # no date, or one without a time zone
            return None
        return min(max(left, 0.0), MAX_RETRY_AFTER)


@contextmanager
def translate_decode_errors() -> Iterator[None]:
    """Treat a response that cannot be read as an outage."""
    try:
        yield
    except (ValueError, RecursionError) as error:
        logger.warning("Clerk's answer cannot be read: %s", error)
        raise IdentityProviderUnavailableError from error


class _ErrorItem(msgspec.Struct):
    message: str = ""
    long_message: str | None = None


class _ErrorBody(msgspec.Struct):
    errors: list[_ErrorItem] = []


def refusal_message(refusal: httpx.Response) -> str:
    """Return Clerk's own message where there is one, else one with the status."""
    try:
        errors = msgspec.json.decode(refusal.content, type=_ErrorBody).errors
    except (ValueError, RecursionError):
        errors = []
    messages = (error.long_message or error.message for error in errors)
    return next(filter(None, messages), f"Clerk answered with status {refusal.status_code}.")


class _RequestFailedError(Exception):
    """The request failed, and must not be sent again."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class _RetryableError(_RequestFailedError):
    """The request failed, and may be sent again."""


def _failure_type(request: ClerkRequest) -> type[_RequestFailedError]:
    return _RetryableError if request.idempotent else _RequestFailedError


class _WaitStrategy(wait_random_exponential):
    """Waits for the Retry-After, else for a random time that grows."""

    def __init__(self, policy: RetryPolicy) -> None:
        super().__init__(multiplier=FIRST_WAIT, max=policy.max_backoff, min=SHORTEST_WAIT)

    def __call__(self, retry_state: RetryCallState) -> float:
        failure = retry_state.outcome and retry_state.outcome.exception()
        retry_after = failure.retry_after if isinstance(failure, _RetryableError) else None
        return retry_after or super().__call__(retry_state)


def _checked(request: ClerkRequest, answer: httpx.Response) -> httpx.Response:
    status = answer.status_code
    if answer.is_success or status in request.expected_statuses:
        return answer
    logger.warning("Clerk answered %s %s with %d", request.method, request.path, status)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise IdentityProviderUnavailableError(KEY_REFUSED)
    raise IdentityProviderUnavailableError
