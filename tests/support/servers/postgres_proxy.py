"""A proxy in front of Postgres that records the client's messages."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import Final
from urllib.parse import parse_qs, urlsplit

KEY_DATA: Final = re.compile(rb"(K\x00\x00\x00\x0c)....", re.DOTALL)
"""A process's id, which a secret follows."""
HEADER: Final = 5
"""A message's kind and its length, which counts itself but not the kind."""

Message = tuple[str, bytes]
"""Its kind, and what follows its length."""


class PostgresProxy:
    """A way to Postgres that counts the messages of its clients by kind, and keeps them.

    The kinds that matter (https://www.postgresql.org/docs/current/protocol-message-formats.html):
    E executes a statement, Q executes a text of them; S and Q each wait for an answer.
    """

    def __init__(self, dsn: str) -> None:
        self._target = urlsplit(dsn)
        self.dsn = ""
        self.sent: Counter[str] = Counter()
        self.messages: list[list[Message]] = []
        """The messages of each connection."""

    @property
    def statements(self) -> int:
        return self.sent["E"] + self.sent["Q"]

    @property
    def round_trips(self) -> int:
        return self.sent["S"] + self.sent["Q"]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await self._connect()
        with closing(writer), closing(downstream):
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._count(reader, downstream))
                both_ways.create_task(self._pass_on(upstream, writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self._target.port or 5432
        if sockets := parse_qs(self._target.query).get("host"):
            return await asyncio.open_unix_connection(f"{sockets[0]}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._target.hostname, port)

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer, greeted = b"", False
        messages: list[Message] = []
        self.messages.append(messages)
        while chunk := await reader.read(65536):
            writer.write(chunk)
            buffer += chunk
            if not greeted and len(buffer) >= (length := int.from_bytes(buffer[:4])):
                buffer, greeted = buffer[length:], True
            if greeted:
                buffer = self._counted(buffer, messages)
        writer.close()

    def _counted(self, buffer: bytes, messages: list[Message]) -> bytes:
        """Count the whole messages, and return what is left."""
        while len(buffer) >= HEADER and len(buffer) > (length := int.from_bytes(buffer[1:5])):
            kind = chr(buffer[0])
            self.sent[kind] += 1
            messages.append((kind, buffer[HEADER : length + 1]))
            buffer = buffer[length + 1 :]
        return buffer

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(self.changed(chunk))
        writer.close()

    def changed(self, chunk: bytes) -> bytes:
        """Return what clients get of a piece of Postgres's answers."""
        return chunk


class PoolerStandIn(PostgresProxy):
    """Announces another process than the one it leads to, as poolers do."""

    def changed(self, chunk: bytes) -> bytes:
        return KEY_DATA.sub(lambda found: found[1] + bytes(4), chunk)


@asynccontextmanager
async def postgres_proxy(
    dsn: str, kind: type[PostgresProxy] = PostgresProxy
) -> AsyncIterator[PostgresProxy]:
    """Listen on the way to a database, without TLS, on 127.0.0.1."""
    proxy = kind(dsn)
    listener = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    target = urlsplit(dsn)
    login = target.netloc.rpartition("@")[0]
    port = next(_ports(listener))
    proxy.dsn = f"postgresql://{login}@127.0.0.1:{port}{target.path}?sslmode=disable"
    async with listener:
        yield proxy


def _ports(listener: asyncio.Server) -> Iterator[int]:
    for each in listener.sockets:
        yield each.getsockname()[1]
