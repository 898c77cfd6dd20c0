"""How much of what a server sends is taken in."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Final

import httpx2

from sigmasight.adapters.language_model.faults import OversizedAnswerError

MAX_BYTES: Final = 1_000_000
"""Of a line of a stream, and of any other body as a whole."""


async def bound(response: httpx2.Response) -> None:
    """Have a body cut off where it grows too large; those of streams are bounded line by line."""
    if response.is_error or not _is_stream(response):
        if not isinstance(response.stream, httpx2.AsyncByteStream):
            raise TypeError("An asynchronous client's responses are asynchronous streams.")
        response.stream = _Bounded(response.stream)


async def lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Cut a stream into its lines; raise OversizedAnswerError amid one that is too long."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if b"\n" in chunk:
            *whole, rest = bytes(held).split(b"\n")
            held = bytearray(rest)
            for line in whole:
                yield line
        if len(held) > MAX_BYTES:
            raise OversizedAnswerError
    if held:
        yield bytes(held)


def _is_stream(response: httpx2.Response) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("text/event-stream")


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for chunk in self._stream:
            taken += len(chunk)
            if taken > MAX_BYTES:
                raise OversizedAnswerError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
