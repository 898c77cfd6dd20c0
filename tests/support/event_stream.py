"""A client of an event stream that can disconnect at any byte."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.builders.users import ANN
from tests.support.providers.application import InMemoryApplication

Event = tuple[str, Any]


def events_of(body: str) -> list[Event]:
    """Read a stream's events: their names and their data."""
    blocks = [block.split("\n") for block in body.split("\n\n") if block]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks
    ]


@dataclass
class Listener:
    """Sends one request to the application, and records the response."""

    api: InMemoryApplication
    hangs_up_after: int | None = None
    """How many bytes of the body it reads; None is all of them."""
    status: int = 0
    heard: bytearray = field(default_factory=bytearray)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _is_asked: bool = False
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, body: Any, *, key: str | None = None) -> None:
        """Send a question, and return when the application has done with the request."""
        if self.hangs_up_after == 0:
            self.hang_up()
        app: Callable[..., Awaitable[None]] = self.api.app
        self._body = json.dumps(body).encode()
        self._key = key
        await app(self._scope(), self._receive, self._take)

    def hang_up(self) -> None:
        self._gone.set()

    async def hears(self, text: str) -> None:
        """Wait until the response contains that text."""
        async with self._more:
            await self._more.wait_for(lambda: text.encode() in self.heard)

    @property
    def events(self) -> list[Event]:
        return events_of(self.heard.decode())

    async def _receive(self) -> dict[str, Any]:
        if not self._is_asked:
            self._is_asked = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        if not self._gone.is_set():
            async with self._more:
                self.heard += message["body"]
                self._more.notify_all()
            if self.hangs_up_after is not None and len(self.heard) >= self.hangs_up_after:
                del self.heard[self.hangs_up_after :]
                self.hang_up()
        await asyncio.sleep(0)

    def _scope(self) -> dict[str, Any]:
        headers = {
            "authorization": f"Bearer {self.api.token(ANN)}",
            "content-type": "application/json",
            **({"idempotency-key": self._key} if self._key else {}),
        }
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": "/api/v1/chat/send",
            "raw_path": b"/api/v1/chat/send",
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("api.test", 80),
        }
