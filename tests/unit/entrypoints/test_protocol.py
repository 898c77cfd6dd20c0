"""What a client may send before it is answered, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from sigmasight.entrypoints.http.protocol import MAX_HEAD, MAX_HEADERS, BoundedProtocol

HEAD = b"POST / HTTP/1.1\r\nHost: api.test\r\n"


class Impatient(BoundedProtocol):
    head_timeout = pace_interval = 0.1


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the number of bytes in the body; a client that leaves gets nothing."""
    if scope["type"] == "lifespan":
        return
    size, message = 0, {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@asynccontextmanager
async def connected(
    protocol: type[BoundedProtocol] = BoundedProtocol,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(echo, port=0, http=protocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    await server.on_tick(0)  # sets the headers of every answer
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await server.shutdown()


async def answer_to(*pieces: bytes, protocol: type[BoundedProtocol] = BoundedProtocol) -> bytes:
    """Return all that is answered until the server closes the connection."""
    async with connected(protocol) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.read()


def with_headers(count: int, size: int = 1) -> bytes:
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"x" * size) for number in range(count))
    return HEAD + b"Connection: close\r\nContent-Length: 2\r\n" + headers + b"\r\n{}"


async def test_a_request_within_the_bounds_is_answered() -> None:
    answer = await answer_to(with_headers(MAX_HEADERS - 3))

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\n2\r\n" in answer


@pytest.mark.parametrize(
    "request_",
    [
        with_headers(MAX_HEADERS - 2),
        with_headers(1, MAX_HEAD),
        with_headers(50, MAX_HEAD // 50),
        b"GET /" + b"x" * MAX_HEAD + b" HTTP/1.1\r\nHost: api.test\r\n\r\n",
        HEAD + b"X: " + b"x" * MAX_HEAD,
    ],
    ids=["too many", "one too large", "too large together", "a long path", "endless"],
)
async def test_a_head_that_is_too_large_is_431(request_: bytes) -> None:
    answer = await answer_to(request_)

    assert answer.startswith(b"HTTP/1.1 431")
    assert b"headers_too_large" in answer


@pytest.mark.parametrize("piece", [b"P", HEAD, HEAD + b"X: 1"])
async def test_a_head_that_does_not_end_is_408(piece: bytes) -> None:
    answer = await answer_to(piece, protocol=Impatient)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"request_timeout" in answer


async def test_a_body_that_stops_is_408() -> None:
    answer = await answer_to(HEAD + b"Content-Length: 100000\r\n\r\nabc", protocol=Impatient)

    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_connection_without_a_request_is_closed_without_an_answer() -> None:
    assert await answer_to(protocol=Impatient) == b""


async def test_a_second_request_has_bounds_of_its_own() -> None:
    keep = HEAD + b"Content-Length: 2\r\n\r\n{}"
    async with connected() as (reader, writer):
        writer.write(keep)
        first = await reader.readuntil(b"2\r\n0\r\n\r\n")
        writer.write(with_headers(MAX_HEADERS))
        second = await reader.read()

    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 431")


async def test_no_answer_names_the_server() -> None:
    answer = await answer_to(HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"server:" not in answer.lower()
    assert b"uvicorn" not in answer.lower()
