"""Real server processes, each on a free port of 127.0.0.1, ended by their process ids."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.builders import signing
from tests.support.servers.pooler import database_settings

INVITE_CODE: Final = "OPEN-SESAME"
UVICORN: Final = (
    *("--factory", "sigmasight.entrypoints.server:create_server", "--host", "127.0.0.1"),
    *("--http", "sigmasight.entrypoints.http.protocol:BoundedProtocol"),
    # A client must not write on a connection just as the server closes it for being idle.
    *("--timeout-keep-alive", "120"),
)
READY: Final = "/health/ready"
TRIES: Final = 300
PAUSE: Final = 0.1
LOG_TAIL: Final = 8_000

RUNNING: Final[list["Server"]] = []
"""The servers whose logs a failing test shows."""


@dataclass
class Server:
    """A server process on its own port, and its log."""

    port: int
    directory: Path
    settings: Mapping[str, str]
    command: Sequence[str] = (sys.executable, "-m", "uvicorn", *UVICORN)
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / f"server-{self.port}.log"

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [*self.command, "--port", str(self.port)],
                cwd=self.directory,  # no `.env` here
                env={"PATH": os.environ["PATH"], **self.settings},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def await_answer(self, probe: str = READY) -> None:
        """Return once it answers that probe well; fail if it never does."""
        for _ in range(TRIES):
            if self.answers(probe):
                return
            time.sleep(PAUSE)
        pytest.fail(f"The server did not come up:\n{self.tail()}")

    def answers(self, probe: str) -> bool:
        """Whether it answers that probe with success; fails if it has ended."""
        if self.process.poll() is not None:
            pytest.fail(f"The server ended by itself:\n{self.tail()}")
        try:
            return httpx.get(f"{self.url}{probe}", timeout=5).is_success
        except httpx.TransportError:
            return False

    def tail(self) -> str:
        return self.log.read_text()[-LOG_TAIL:]

    def stop(self) -> None:
        """End it as an operator would, or at once if it does not listen."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it without a chance to finish anything."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(
    count: int, dsn: str, directory: Path, *, until: str = READY, **environment: str
) -> Iterator[Sequence[Server]]:
    """Run that many servers on one database, up to where they answer a probe.

    Further settings go by their environment names.
    """
    with ExitStack() as stack:
        servers = [stack.enter_context(_started(dsn, directory, environment)) for _ in range(count)]
        for server in servers:
            server.await_answer(until)
        yield servers


def settings_of(dsn: str, **environment: str) -> dict[str, str]:
    """Return the settings of a server on a database, by their environment names."""
    return {
        **database_settings(dsn),
        "CLERK_ISSUER": signing.ISSUER,
        "CLERK_JWT_KEY": signing.pem(),
        "CLERK_WEBHOOK_SECRET": signing.SECRET,
        "BETA_INVITE_CODE": INVITE_CODE,
        "LOG_FORMAT": "json",
        "WORKER_ENABLED": "false",
        **environment,
    }


@contextmanager
def _started(dsn: str, directory: Path, environment: dict[str, str]) -> Iterator[Server]:
    settings = settings_of(dsn, **environment)
    server = Server(free_port(), directory, settings)
    server.start()
    RUNNING.append(server)
    try:
        yield server
    finally:
        RUNNING.remove(server)
        server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
