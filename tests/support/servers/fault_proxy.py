"""A proxy in front of Postgres that fails as networks do."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import parse_qs, urlsplit

from anyio.from_thread import BlockingPortal, start_blocking_portal

COMMIT: Final = b"COMMIT;\0"
"""What asyncpg sends to end a transaction."""
RESET: Final = struct.pack("ii", 1, 0)
"""Linger for no time: closing resets the connection."""


class Cut(Enum):
    """Where a connection is reset on its way through a COMMIT."""

    BEFORE = "before"
    """The database never sees it."""
    AFTER = "after"
    """The database has done it, and the client never hears."""


@dataclass
class Link:
    """One client's connection through the proxy."""

    client: asyncio.StreamWriter
    database: asyncio.StreamWriter
    is_dead: bool = False
    """Whether what either end sends is swallowed, and neither learns of it."""
    is_committing: bool = False

    def reset(self) -> None:
        for end in (self.client, self.database):
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()


@dataclass
class FaultProxy:
    """A way to Postgres, healthy until a test breaks it."""

    target: str
    dsn: str = ""
    latency: float = 0
    """Seconds that everything takes in each direction."""
    slices: int | None = None
    """How many bytes are passed on at once."""
    cut: Cut | None = None
    """Where the next COMMIT is cut; once."""
    is_frozen: bool = False
    links: list[Link] = field(default_factory=list)

    portal: BlockingPortal = field(init=False)

    def freeze(self) -> None:
        """Swallow everything from now on, of new connections, too: a half-open network."""
        self.is_frozen = True
        self.forget()

    def forget(self) -> None:
        """Swallow everything of the connections there are, as a restarted firewall does."""
        for link in list(self.links):
            link.is_dead = True

    def heal(self) -> None:
        """Let new connections through; those from before stay dead."""
        self.is_frozen = False

    def reset(self) -> None:
        """Reset every connection."""
        self.portal.call(self._reset)

    async def _reset(self) -> None:
        for link in list(self.links):
            link.reset()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, database = await self._connect()
        link = Link(writer, database, is_dead=self.is_frozen)
        self.links.append(link)
        try:
            with suppress(ConnectionError):
                await asyncio.gather(
                    self._pass_on(reader, database, link), self._pass_on(answers, writer, link)
                )
        finally:
            self.links.remove(link)
            writer.close()
            database.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        target = urlsplit(self.target)
        port = target.port or 5432
        if sockets := parse_qs(target.query).get("host"):
            return await asyncio.open_unix_connection(f"{sockets[0]}/.s.PGSQL.{port}")
        return await asyncio.open_connection(target.hostname, port)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link
    ) -> None:
        while chunk := await reader.read(65536):
            if self.latency:
                await asyncio.sleep(self.latency)
            if self._is_cut(chunk, link, from_client=writer is link.database):
                link.reset()
                return
            for start in range(0, len(chunk), self.slices or len(chunk)):
                if not link.is_dead:
                    writer.write(chunk[start : start + (self.slices or len(chunk))])
                    await writer.drain()
        if not link.is_dead:
            writer.close()

    def _is_cut(self, chunk: bytes, link: Link, *, from_client: bool) -> bool:
        """Return whether the connection is to be reset in place of passing this on."""
        if not from_client:
            return link.is_committing
        if self.cut is None or COMMIT not in chunk:
            return False
        place, self.cut = self.cut, None
        link.is_committing = place is Cut.AFTER
        return place is Cut.BEFORE


@contextmanager
def fault_proxy(dsn: str) -> Iterator[FaultProxy]:
    """Listen on the way to a database, without TLS, on 127.0.0.1; in a thread of its own."""
    proxy = FaultProxy(dsn)
    with start_blocking_portal() as proxy.portal:
        listener = proxy.portal.call(asyncio.start_server, proxy.handle, "127.0.0.1", 0)
        target = urlsplit(dsn)
        login = target.netloc.rpartition("@")[0]
        port = listener.sockets[0].getsockname()[1]
        proxy.dsn = f"postgresql://{login}@127.0.0.1:{port}{target.path}?sslmode=disable"
        try:
            yield proxy
        finally:
            proxy.portal.call(listener.close)
            proxy.reset()
