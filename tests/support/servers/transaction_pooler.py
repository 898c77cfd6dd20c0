"""A pooler in transaction mode that knows nothing of prepared statements, as PgBouncer once was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import parse_qs, urlsplit

READY: Final = b"Z"
IDLE: Final = b"I"
KEY: Final = b"K"
MADE_UP_KEY: Final = b"K" + (12).to_bytes(4) + bytes(8)
"""Who cancels a statement does it at the pooler: the key of a server would mean nothing."""
TERMINATE: Final = b"X"

Server = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Inbox = asyncio.Queue[bytes]
"""What a client has sent."""


class TransactionPooler:
    """Gives each transaction the server that has been free for longest."""

    def __init__(self, dsn: str) -> None:
        self._target = urlsplit(dsn)
        self._free: asyncio.Queue[Server] = asyncio.Queue()
        self.dsn = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inbox: Inbox = asyncio.Queue()
        receiving: asyncio.Task[None] | None = None
        try:
            length = await reader.readexactly(4)
            greeting = length + await reader.readexactly(int.from_bytes(length) - 4)
            receiving = asyncio.create_task(_receive(reader, inbox))
            self._free.put_nowait(await self._log_in(greeting, inbox, writer))
            while (message := await inbox.get())[:1] != TERMINATE:
                server = await self._free.get()
                server[1].write(message)
                await _serve(server, inbox, writer)
                self._free.put_nowait(server)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # either end has left
        finally:
            if receiving:
                await _cancelled(receiving)
            await _closed(writer)

    async def _log_in(self, greeting: bytes, inbox: Inbox, writer: asyncio.StreamWriter) -> Server:
        """Have a new server check the client; it then serves all the others, too."""
        server = await self._connect()
        server[1].write(greeting)
        await _serve(server, inbox, writer)
        return server

    async def _connect(self) -> Server:
        port = self._target.port or 5432
        if sockets := parse_qs(self._target.query).get("host"):
            return await asyncio.open_unix_connection(f"{sockets[0]}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._target.hostname, port)

    async def aclose(self) -> None:
        while not self._free.empty():
            await _closed(self._free.get_nowait()[1])


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


async def _receive(reader: asyncio.StreamReader, inbox: Inbox) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            inbox.put_nowait(await _message(reader))
    inbox.put_nowait(TERMINATE)


async def _serve(server: Server, inbox: Inbox, writer: asyncio.StreamWriter) -> None:
    """Pass on what both ends send, until the server is out of a transaction."""
    sending = asyncio.create_task(_send(inbox, server[1]))
    try:
        message = b""
        while message[:1] + message[5:] != READY + IDLE:
            message = await _message(server[0])
            writer.write(MADE_UP_KEY if message[:1] == KEY else message)
    except BaseException:
        await _closed(server[1])
        raise
    finally:
        await _cancelled(sending)


async def _send(inbox: Inbox, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(await inbox.get())


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def transaction_pooler(dsn: str) -> AsyncIterator[TransactionPooler]:
    """Listen on the way to a database, without TLS, on 127.0.0.1."""
    pooler = TransactionPooler(dsn)
    clients: list[asyncio.Task[None]] = []

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(asyncio.create_task(pooler.handle(reader, writer)))

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    target = urlsplit(dsn)
    login = target.netloc.rpartition("@")[0]
    port = listener.sockets[0].getsockname()[1]
    pooler.dsn = f"postgresql://{login}@127.0.0.1:{port}{target.path}?sslmode=disable"
    try:
        yield pooler
    finally:
        listener.close()
        for client in clients:
            await _cancelled(client)
        await pooler.aclose()
