"""The drain: between a stop signal and the end, a server still answers but is not ready."""

from typing import Any

from dishka import AsyncContainer
from litestar.types import ASGIApp, Message, Receive, Send

from sigmasight.domain.kernel import UnavailableError
from sigmasight.settings import Settings


class ServerStoppingError(UnavailableError):
    code = "server_stopping"

    def __init__(self) -> None:
        super().__init__("This server is about to stop. Send requests to another one.")


class Drain:
    """Whether this process is about to stop, and how long it goes on answering until then."""

    def __init__(self, settings: Settings) -> None:
        self.seconds = settings.drain_seconds
        self.has_begun = False

    def begin(self) -> None:
        self.has_begun = True

    def require_not_begun(self) -> None:
        if self.has_begun:
            raise ServerStoppingError


def close_connections(app: ASGIApp, container: AsyncContainer) -> ASGIApp:
    """During the drain, close each connection after its answer, so that none is idle at the end."""
    drains: list[Drain] = []

    async def closing(scope: Any, receive: Receive, send: Send) -> None:
        if not drains:
            drains.append(await container.get(Drain))
        if not drains[0].has_begun:
            await app(scope, receive, send)
            return

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await app(scope, receive, send_last)

    return closing
