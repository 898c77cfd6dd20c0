"""A front of a server that refuses the first of each request that may be repeated."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from anyio.from_thread import start_blocking_portal

REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 4\r\n"
    b"Connection: close\r\n\r\nbusy"
)
ID: Final = re.compile(r"[0-9a-f-]{36}")


@dataclass
class RefusingFront:
    """Passes a request on as it is, and its response piece by piece."""

    target: int
    """The server's port."""
    port: int = 0
    refused: list[str] = field(default_factory=list)
    """Methods and paths, with `ID` for ids and without queries."""
    statuses: list[int] = field(default_factory=list)
    """What the server has answered with."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request; the connection ends with it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1]) if length else 0)
            request = ID.sub("ID", re.split(r" HTTP/|\?", head, maxsplit=1)[0])
            if self._is_repeatable(head) and request not in self.refused:
                self.refused.append(request)
                writer.write(REFUSAL)
            else:
                await self._pass_on(head, body, writer)
            await writer.drain()
        writer.close()

    @staticmethod
    def _is_repeatable(head: str) -> bool:
        return head.startswith("GET ") or "\r\nidempotency-key:" in head.lower()

    async def _pass_on(self, head: str, body: bytes, client: asyncio.StreamWriter) -> None:
        kept = re.sub(r"\r\nconnection:[^\r]*", "", head, flags=re.IGNORECASE)
        closing = f"{kept[:-2]}Connection: close\r\n\r\n"
        response, server = await asyncio.open_connection("127.0.0.1", self.target)
        server.write(closing.encode() + body)
        status = await response.readline()
        self.statuses.append(int(status.split()[1]))
        client.write(status)
        while piece := await response.read(65_536):
            client.write(piece)
            await client.drain()
        server.close()


@contextmanager
def refusing_front(target: int) -> Iterator[RefusingFront]:
    """Listen on 127.0.0.1, in a thread of its own."""
    front = RefusingFront(target)
    with start_blocking_portal() as portal:
        listener = portal.call(asyncio.start_server, front.handle, "127.0.0.1", 0)
        front.port = listener.sockets[0].getsockname()[1]
        try:
            yield front
        finally:
            portal.call(listener.close)
