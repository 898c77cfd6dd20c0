"""A load of requests that are all different, over several kept connections."""

import asyncio
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

CONNECTIONS: Final = 16
LENGTH: Final = b"content-length:"


def a_post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = [f"POST {path} HTTP/1.1", "host: bench", f"content-length: {len(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


def load(url: str, requests: Sequence[bytes]) -> float:
    """Send each of them once and return how many a second were answered with 200."""
    return asyncio.run(_load(url, requests))


async def _load(url: str, requests: Sequence[bytes]) -> float:
    address = urlsplit(url)
    streams = [
        await asyncio.open_connection(address.hostname, address.port) for _ in range(CONNECTIONS)
    ]
    waiting = iter(requests)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for reader, writer in streams:
            group.create_task(_send(waiting, reader, writer))
    took = time.perf_counter() - began
    for _, writer in streams:
        writer.close()
    return len(requests) / took


async def _send(
    waiting: Iterator[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head.lower().split(b"\r\n")))
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(f"A request was refused:\n{head.decode()}{body.decode()}")


def _length(lines: Iterable[bytes]) -> int:
    return next(int(line.removeprefix(LENGTH)) for line in lines if line.startswith(LENGTH))
