"""A chat client on a raw socket that can disconnect at any byte."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.support.builders.clerk_users import Person
from tests.support.event_stream import Event, events_of
from tests.support.servers.api_client import bearer
from tests.support.servers.api_servers import Server


@dataclass(frozen=True)
class Reply:
    """The response: a status, and the events of a stream or a problem."""

    status: int
    body: str

    @property
    def events(self) -> list[Event]:
        return events_of(self.body)

    @property
    def text(self) -> str:
        return "".join(data["data"]["delta"] for name, data in self.events if name == "token")

    @property
    def end(self) -> Any:
        """The last event's data, and its name."""
        name, data = self.events[-1]
        return name, data["data"]


async def start_conversation(server: Server, person: Person) -> UUID:
    """Start a conversation and return its id."""
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as client:
        answer = await client.post(
            "/chat/conversations", headers=bearer(person.token()), json={"mode": "blue"}
        )
    return UUID(answer.json()["id"])


@dataclass
class StreamingRequest:
    """One question, and what was received so far."""

    server: Server
    token: str
    conversation: UUID
    text: str = "How am I doing?"
    key: str | None = None
    received: bytes = b""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def send(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        self._writer.write(self._request())
        await self._writer.drain()

    async def read(self, most: int | None = None, until: str | None = None) -> None:
        """Read everything, or so many bytes, or up to a text."""
        assert self._reader
        while most is None or len(self.received) < most:
            if until and until.encode() in self.received:
                return
            piece = await self._reader.read(65_536 if most is None else most - len(self.received))
            if not piece:
                self.disconnect()
                return
            self.received += piece

    def disconnect(self) -> None:
        """Disconnect at once, like a client that lost its network."""
        if self._writer:
            self._writer.transport.abort()
            self._writer.close()

    async def reply(self) -> Reply:
        await self.send()
        try:
            await self.read()
        finally:
            self.disconnect()
        head, _, body = self.received.partition(b"\r\n\r\n")
        chunked = b"transfer-encoding: chunked" in head.lower()
        text = _unchunked(body) if chunked else body
        return Reply(int(head.split()[1]), text.decode())

    def _request(self) -> bytes:
        body = json.dumps({"conversation_id": str(self.conversation), "text": self.text}).encode()
        key = f"Idempotency-Key: {self.key}\r\n" if self.key else ""
        return (
            "POST /api/v1/chat/send HTTP/1.1\r\n"
            "Host: api.test\r\n"
            "Connection: close\r\n"
            f"Authorization: Bearer {self.token}\r\n"
            f"{key}"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def send_all(requests: Iterable[StreamingRequest], *, at_once: int = 1_000) -> list[Reply]:
    """Send many requests, so many at a time, each to its end."""
    places = asyncio.Semaphore(at_once)

    async def one(request: StreamingRequest) -> Reply:
        async with places:
            return await request.reply()

    return await asyncio.gather(*(one(request) for request in requests))


def statuses(answers: Iterable[Reply]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def _unchunked(body: bytes) -> bytes:
    """Put the pieces of a chunked body together (RFC 9112, § 7.1), as far as they came."""
    whole = b""
    with suppress(ValueError):
        while body:
            size, _, body = body.partition(b"\r\n")
            length = int(size, 16)
            whole, body = whole + body[:length], body[length + 2 :]
    return whole
