"""Servers inside this process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from litestar.types import ASGIApp

from sigmasight.entrypoints.http.protocol import BoundedProtocol

HOST: Final = "127.0.0.1"


class EmbeddedServer(uvicorn.Server):
    """A server that calls back once it has started."""

    def __init__(self, app: ASGIApp, port: int, on_started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            host=HOST,
            port=port,
            http=BoundedProtocol,
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


@contextmanager
def serve_in_thread(app: ASGIApp, port: int) -> Iterator[None]:
    """Serve from a thread: signals belong to the server of the main one."""
    started = threading.Event()
    server = EmbeddedServer(app, port, started.set)
    thread = threading.Thread(target=server.run, name=f"port {port}")
    thread.start()
    started.wait(timeout=30)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
