"""A language model's server that behaves as it is reported: well, or in every bad way there is.

What a request gets is chosen by its last user message (`behave: cut`), else by the name of its
model (`fake-cut`), else by what is scripted; a process of its own is
`python -m tests.support.servers.model_server PORT`. It answers every GET with the list of its
models, so that a starting process can be awaited.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.servers.model_behaviours import BEHAVIOURS
from tests.support.servers.model_exchange import Exchange

MODELS: Final = b'{"object": "list", "data": [{"id": "gpt-4o-mini", "object": "model"}]}'
CHOSEN: Final = re.compile(r"behave: ([a-z0-9-]+)")


@dataclass
class ModelServer:
    """Counts requests and open connections."""

    script: list[str] = field(default_factory=list)
    """Behaviours for requests that choose none, each used once; then all goes well."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    open_connections: int = 0
    answering: int = 0
    """How many requests are not done with."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def all_closed(self) -> None:
        """Wait until no connection is open any more."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.open_connections)

    async def is_quiet(self) -> None:
        """Wait until no answer is in progress; connections may stay open."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.answering)

    async def asked(self) -> None:
        """Wait until there has been a request."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self.requests))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            async with self._changed:
                self.open_connections -= 1
                self._changed.notify_all()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            if head.startswith("GET "):
                await Exchange(writer, {}).body("200 OK", MODELS)
                continue
            body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
            self.headers.append(head)
            async with self._changed:
                self.requests.append(body)
                self._changed.notify_all()
            self.answering += 1
            behave = asyncio.create_task(BEHAVIOURS[self._chosen(body)](Exchange(writer, body)))
            try:
                if not await _unless_hung_up(behave, reader):
                    return
            finally:
                async with self._changed:
                    self.answering -= 1
                    self._changed.notify_all()

    def _chosen(self, request: dict[str, Any]) -> str:
        given = [m["content"] for m in request["messages"] if m["role"] == "user"]
        if given and (asked := CHOSEN.search(given[-1])):
            return asked[1]
        named = str(request["model"]).removeprefix("fake-")
        if named in BEHAVIOURS and named != "ok":
            return named
        return self.script.pop(0) if self.script else "ok"


async def _unless_hung_up(behave: asyncio.Task[None], reader: asyncio.StreamReader) -> bool:
    """Run a behaviour to its end; returns whether the client is still connected."""
    hung_up = asyncio.create_task(reader.read(1))
    try:
        await asyncio.wait([behave, hung_up], return_when=asyncio.FIRST_COMPLETED)
        if not behave.done():
            return False
        await behave
        return not hung_up.done()
    finally:
        await _cancelled(behave, hung_up)


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def model_server(script: Sequence[str] = (), port: int = 0) -> AsyncIterator[ModelServer]:
    """Serve on 127.0.0.1, on a free port unless one is given."""
    model = ModelServer(list(script))
    connections: set[asyncio.Task[None]] = set()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(model.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", port, limit=2**24)
    model.port = server.sockets[0].getsockname()[1]
    try:
        yield model
    finally:
        server.close()
        await _cancelled(*connections)
        await server.wait_closed()


async def main(port: int) -> None:
    async with model_server(port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
