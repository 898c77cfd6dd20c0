"""A server after SIGTERM: it is no longer ready, but answers until the drain has ended."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import psutil
import pytest

from tests.integration.polling import until
from tests.support.servers.api_servers import Server, free_port, settings_of

ROOT: Final = Path(__file__).parents[3]
COMMAND: Final = (
    *(sys.executable, "-c", "from sigmasight.entrypoints.cli.main import main; main()"),
    "run",
)
SECONDS_TO_END: Final = 30
LONGER_THAN_THE_TEST: Final = "300"


def server_of(dsn: str, folder: Path, *options: str, drain: str) -> Server:
    settings = settings_of(dsn, PYTHONPATH=str(ROOT / "src"), DRAIN_SECONDS=drain)
    return Server(free_port(), folder, settings, (*COMMAND, *options))


@pytest.fixture(params=[(), ("--workers", "2")], ids=["one process", "two workers"])
def draining(dsn: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that got SIGTERM, twice, as from a supervisor that signals the whole group."""
    server = server_of(dsn, tmp_path, *request.param, drain=LONGER_THAN_THE_TEST)
    server.start()
    family: list[psutil.Process] = []
    try:
        server.await_answer()
        family = psutil.Process(server.process.pid).children(recursive=True)
        for process in family:
            process.send_signal(signal.SIGTERM)
        server.process.terminate()
        yield server
    finally:
        for process in family:
            process.kill()
        server.kill()


async def test_is_not_ready_and_still_answers(draining: Server) -> None:
    async with httpx.AsyncClient(base_url=draining.url) as client:
        await until(lambda: is_stopping(client), "draining")
        alive = await client.get("/health/live")
        me = await client.get("/api/v1/auth/me")

    assert (alive.status_code, me.status_code) == (200, 401)
    assert alive.headers["Connection"] == me.headers["Connection"] == "close"


async def is_stopping(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/health/ready")
    return answer.status_code == 503 and answer.json()["code"] == "server_stopping"


@pytest.mark.parametrize(
    ("drain", "then"),
    [("0", None), ("0.5", None), (LONGER_THAN_THE_TEST, signal.SIGINT)],
    ids=["without a drain", "after a drain", "after a drain that Ctrl-C cut short"],
)
async def test_ends_by_itself(
    dsn: str, tmp_path: Path, drain: str, then: signal.Signals | None
) -> None:
    server = server_of(dsn, tmp_path, drain=drain)
    server.start()
    try:
        server.await_answer()
        server.process.send_signal(signal.SIGTERM)
        if then:
            async with httpx.AsyncClient(base_url=server.url) as client:
                await until(lambda: is_stopping(client), "draining")
            server.process.send_signal(then)
        code = await asyncio.to_thread(server.process.wait, SECONDS_TO_END)
    finally:
        server.kill()

    assert code == (0 if then else 128 + signal.SIGTERM), server.tail()
    assert "Traceback" not in server.tail()
