"""`sigmasight run` with several workers, one of whose processes is killed."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.support.servers.api_servers import Server, free_port, settings_of

ROOT: Final = Path(__file__).parents[3]
COMMAND: Final = (
    *(sys.executable, "-c", "from sigmasight.entrypoints.cli.main import main; main()"),
    *("run", "--workers", "2"),
)
SECONDS_TO_END: Final = 30


@pytest.fixture
def server(dsn: str, tmp_path: Path) -> Iterator[Server]:
    settings = settings_of(dsn, PYTHONPATH=str(ROOT / "src"))
    server = Server(free_port(), tmp_path, settings, COMMAND)
    server.start()
    try:
        server.await_answer()
        yield server
    finally:
        for process in _family(server):
            process.kill()
        server.process.wait()


def _family(server: Server) -> list[psutil.Process]:
    """Return the processes below the command, nearest first."""
    try:
        return psutil.Process(server.process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("depth", [0, 1], ids=["the command", "the parent of the workers"])
async def test_a_killed_parent_leaves_no_worker_that_serves(server: Server, depth: int) -> None:
    family = [psutil.Process(server.process.pid), *_family(server)]
    assert len(family) >= 4

    family[depth].kill()
    if depth == 0:
        server.process.wait()
    _, alive = await asyncio.to_thread(
        psutil.wait_procs, family[depth + 1 :], timeout=SECONDS_TO_END
    )

    try:
        assert alive == []
    finally:
        for process in alive:
            process.kill()
