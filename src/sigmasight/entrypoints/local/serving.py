"""Servers inside this process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from litestar import Litestar

HOST: Final = "127.0.0.1"


class Server(uvicorn.Server):
    """A server that says when it has started."""

    def __init__(self, app: Litestar, port: int, then: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=HOST,
                port=port,
                log_config=None,
                log_level="warning",
                timeout_graceful_shutdown=5,
            )
        )
        self._then = then

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._then()


@contextmanager
def serving(app: Litestar, port: int) -> Iterator[None]:
    """Serve from a thread: signals belong to the server of the main one."""
    started = threading.Event()
    server = Server(app, port, then=started.set)
    thread = threading.Thread(target=server.run, name=f"port {port}")
    thread.start()
    started.wait(timeout=30)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
