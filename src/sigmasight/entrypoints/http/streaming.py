"""Responses that go out event by event, for as long as somebody listens (WHATWG HTML, § 9.2)."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

import anyio
import msgspec
from litestar.response.base import ASGIResponse
from litestar.status_codes import HTTP_200_OK
from litestar.types import Receive, Send

STALLED_SECONDS: Final = 30.0
"""How long a client may leave what it was sent unread."""
HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

ENCODE: Final = msgspec.json.Encoder().encode


def event(name: str, data: Any) -> bytes:
    """Write one event down; JSON has no line breaks in it."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), ENCODE(data))


class EventStream(ASGIResponse):
    """Sends events until there are no more, or nobody reads them; calls `leave` either way."""

    _should_set_content_length = False

    def __init__(
        self,
        events: AsyncGenerator[bytes],
        leave: Callable[[], None],
        *,
        headers: dict[str, str],
    ) -> None:
        super().__init__(
            headers={**HEADERS, **headers}, media_type="text/event-stream", status_code=HTTP_200_OK
        )
        self._events = events
        self._leave = leave

    async def send_body(self, send: Send, receive: Receive) -> None:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
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


async def _until_gone(receive: Receive, listening: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listening.cancel()
