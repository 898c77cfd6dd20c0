"""The server's HTTP protocol: bounds on what a client may send before it is answered."""

from asyncio import TimerHandle
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADERS: Final = 100
MAX_HEAD: Final = 64 * 1024
"""In bytes: the request line and all headers."""
MIN_PACE: Final = 5_000
"""Bytes of a body in each interval, while we are ready to read."""
REFUSALS: Final = {
    HTTPStatus.REQUEST_TIMEOUT: ("request_timeout", "The request came too slowly."),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "headers_too_large",
        f"A request has at most {MAX_HEADERS} headers and {MAX_HEAD} bytes before its body.",
    ),
}

logger = structlog.stdlib.get_logger()


class BoundedProtocol(HttpToolsProtocol):
    """Answers 431 to heads that are too large, and 408 to what comes too slowly."""

    head_timeout = 10.0
    """In seconds, from the connection or the request's first byte on."""
    pace_interval = 10.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Clients need not know what serves them.
        self.config.encoded_headers = _without_server(self.config.encoded_headers)
        self.server_state.default_headers = _without_server(self.server_state.default_headers)
        self._timer: TimerHandle | None = None
        self._reads_head = True
        self._head_bytes = 0
        self._body_bytes = 0
        self._is_refused = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_timeout, self._refuse_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._reads_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reads_head and self._head_bytes > MAX_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head, self._body_bytes = True, 0
        if self._timer is None:
            self._timer = self.loop.call_later(self.head_timeout, self._refuse_slow)

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self._reads_head, self._head_bytes = False, 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > MAX_HEADERS or size > MAX_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        super().on_headers_complete()
        self._timer = self.loop.call_later(self.pace_interval, self._check_pace)

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            self._body_bytes += len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_refused:
            self._stop_timer()
            super().on_message_complete()

    def _check_pace(self) -> None:
        """Refuse a body that has come too slowly, unless it is we who do not read it."""
        if self._body_bytes < MIN_PACE and not self.flow.read_paused:
            self._refuse_slow()
            return
        self._body_bytes = 0
        self._timer = self.loop.call_later(self.pace_interval, self._check_pace)

    def _refuse_slow(self) -> None:
        self._timer = None
        if self._reads_head and not self._head_bytes:
            self.transport.close()  # nobody has asked for anything
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer at once unless an answer has begun, and close the connection."""
        self._is_refused = True
        self._stop_timer()
        code, sentence = REFUSALS[status]
        logger.info("request refused", status=status.value, code=code, client=self.client)
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer(status, code, sentence))
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


def _without_server(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [header for header in headers if header[0] != b"server"]


def _answer(status: HTTPStatus, code: str, sentence: str) -> bytes:
    body = msgspec.json.encode(
        {
            "type": f"urn:sigmasight:error:{code}",
            "title": code.replace("_", " ").capitalize(),
            "status": status.value,
            "detail": sentence,
            "instance": None,
            "error": code,
            "code": code,
            "message": sentence,
        }
    )
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode() + body
