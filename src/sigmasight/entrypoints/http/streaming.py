"""Server-sent events (WHATWG HTML, § 9.2)."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

import anyio
import msgspec
from litestar.response.base import ASGIResponse
from litestar.status_codes import HTTP_200_OK
from litestar.types import Receive, Send

STALLED_SECONDS: Final = 30.0
"""How long a client may take to read an event."""
HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

ENCODE: Final = msgspec.json.Encoder().encode


def event(name: str, data: Any) -> bytes:
    """Encode one event; JSON has no line breaks."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), ENCODE(data))


class EventStream(ASGIResponse):
    """Sends events until the last one or until the client is gone; calls `leave` in both cases."""

    _should_set_content_length = False

    def __init__(
        self, events: AsyncGenerator[bytes], leave: Callable[[], None], *, headers: dict[str, str]
    ) -> None:
        super().__init__(
            headers={**HEADERS, **headers}, media_type="text/event-stream", status_code=HTTP_200_OK
        )
        self._events = events
        self._leave = leave

    async def send_body(self, send: Send, receive: Receive) -> None:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_wait_for_disconnect, receive, group.cancel_scope)
                await self._send_events(send)
                group.cancel_scope.cancel()
        finally:
            self._leave()

    async def _send_events(self, send: Send) -> None:
        async with aclosing(self._events) as events:
            async for each in events:
                with anyio.move_on_after(STALLED_SECONDS) as sending:
                    await send({"type": "http.response.body", "body": each, "more_body": True})
                if sending.cancelled_caught:
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_for_disconnect(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
