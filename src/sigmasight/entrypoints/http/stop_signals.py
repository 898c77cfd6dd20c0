"""What SIGTERM and SIGINT do to a server: the drain, then its end."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

from sigmasight.entrypoints.http.drain import Drain

logger = structlog.stdlib.get_logger()


@contextmanager
def on_stop_signal(drain: Drain, *stops: Callable[[], None]) -> Iterator[None]:
    """On SIGTERM, go on answering during the drain; then call these, and stop the server.

    The server itself would wait for open streams first. SIGINT ends the drain.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = _StopHandler(drain, stops)
    handler.install()
    try:
        yield
    finally:
        handler.remove()


class _StopHandler:
    def __init__(self, drain: Drain, stops: Sequence[Callable[[], None]]) -> None:
        self._drain = drain
        self._stops = stops
        self._loop = asyncio.get_running_loop()
        self._previous = {
            number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)
        }

    def install(self) -> None:
        for number in self._previous:
            signal.signal(number, self._handle)

    def remove(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: Any) -> None:
        if number == signal.SIGTERM and self._drain.seconds:
            self._loop.call_soon_threadsafe(self._begin_drain)
        else:
            self._end(number, frame)

    def _begin_drain(self) -> None:
        """Once: a worker may get SIGTERM from the operating system and again from its parent."""
        if not self._drain.has_begun:
            self._drain.begin()
            logger.info("server drains", seconds=self._drain.seconds)
            self._loop.call_later(self._drain.seconds, self._end, signal.SIGTERM, None)

    def _end(self, number: int, frame: Any) -> None:
        self._drain.begin()
        for stop in self._stops:
            self._loop.call_soon_threadsafe(stop)
        handler = self._previous[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, handler)
            signal.raise_signal(number)
