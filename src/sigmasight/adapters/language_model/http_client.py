"""The SDK's HTTP client with our bounds: on time, on size and on the wait before a retry."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final

import httpx2

from sigmasight.adapters.language_model.errors import OversizedReplyError

MAX_BYTES: Final = 1_000_000
"""Of one line of an event stream, and of any other body as a whole."""
MAX_RETRY_AFTER: Final = 5.0
"""The longest Retry-After that we wait for, in seconds: a person is waiting for the answer."""


class BoundedClient(httpx2.AsyncClient):
    """Applies a request's read time-out to the wait for the whole body, or for the first event.

    Both are over before the SDK sees the response, so that the SDK retries after a time-out.
    """

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, **options: Any
    ) -> httpx2.Response:
        try:
            async with asyncio.timeout(request.extensions["timeout"]["read"]):
                response = await super().send(request, stream=True, **options)
                try:
                    await _receive(response, stream=stream)
                except BaseException:
                    await response.aclose()
                    raise
        except TimeoutError as error:
            raise httpx2.ReadTimeout("No reply in time.", request=request) from error
        if _retry_after(response.headers) > MAX_RETRY_AFTER:
            response.headers["X-Should-Retry"] = "false"  # the SDK would wait up to two minutes
        return response


async def _receive(response: httpx2.Response, *, stream: bool) -> None:
    content_type = response.headers.get("Content-Type", "")
    is_event_stream = response.is_success and content_type.startswith("text/event-stream")
    body = _Body(response.stream, _events if is_event_stream else _bounded)
    response.stream = body
    if not stream:
        await response.aread()
    elif is_event_stream:
        await body.wait_for_first()


async def _bounded(body: httpx2.AsyncByteStream) -> AsyncGenerator[bytes]:
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > MAX_BYTES:
            raise OversizedReplyError
        yield chunk


async def _events(body: httpx2.AsyncByteStream) -> AsyncGenerator[bytes]:
    """Yield each line of data as an event, and nothing else: other events break the SDK."""
    line = bytearray()
    async for chunk in body:
        line += chunk
        if b"\n" in chunk:
            *lines, line = line.split(b"\n")
            for each in lines:
                if each.startswith(b"data:"):
                    yield bytes(each) + b"\n\n"
        if len(line) > MAX_BYTES:
            raise OversizedReplyError


class _Body(httpx2.AsyncByteStream):
    """A response's body, read by one of the two generators above."""

    def __init__(self, body: Any, read: Callable[[Any], AsyncGenerator[bytes]]) -> None:
        self._body = body
        self._chunks = read(body)
        self._first = b""

    async def wait_for_first(self) -> None:
        """Wait for the first chunk, or for the end."""
        self._first = await anext(self._chunks, b"")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._first
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        await self._chunks.aclose()
        await self._body.aclose()


def _retry_after(headers: httpx2.Headers) -> float:
    """Return the seconds to wait, infinity for a date."""
    try:
        milliseconds = float(headers.get("Retry-After-Ms", 0))
        return max(milliseconds / 1000, float(headers.get("Retry-After", 0)))
    except ValueError:
        return math.inf
