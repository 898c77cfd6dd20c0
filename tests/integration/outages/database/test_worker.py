"""A worker, by itself or inside a server, its database taken away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.outage_log import REMINDER_SECONDS, OutageLog
from sigmasight.entrypoints.worker import Pace, Worker
from tests.integration.database_rows import Rows
from tests.integration.jobs.worker import settings_of
from tests.integration.outages.database.stoppable_postgres import OwnPostgres
from tests.support.builders.clerk_users import a_person
from tests.support.fakes.timer import FakeTimer
from tests.support.servers.api_client import client_of
from tests.support.servers.api_servers import Server, running

ANN = a_person("ann")


TRIES = 400
PAUSE = 0.05


async def wait_for_log(server: Server, text: str) -> None:
    """Return once the server has logged that; fail if it never does."""
    for _ in range(TRIES):
        if text in server.log.read_text():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError(f"Never logged: {text}")


async def test_it_continues_once_the_database_is_back(
    own: OwnPostgres, dsn: str, rows: Rows, tmp_path: Path
) -> None:
    await rows.add_user(ANN)
    with running(1, dsn, tmp_path, WORKER_ENABLED="true") as [server]:
        async with client_of(server) as api:
            body = {"name": "a", "account_name": "b"}
            portfolio = (await api.post("/portfolios", ANN.token(), body)).json()["id"]
            with own.crashed():
                await wait_for_log(server, "worker waits")
                assert server.process.poll() is None
            server.await_answer()
            started = await api.post(f"/portfolios/{portfolio}/calculate", ANN.token(), None)
            way = f"/portfolios/{portfolio}/batch-status/{started.json()['batch_run_id']}"
            for _ in range(TRIES):
                run = (await api.get(way, ANN.token())).json()
                if run["status"] != "running":
                    break
                await asyncio.sleep(PAUSE)

        assert run["status"] == "completed"


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        if is_so():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("It never came to that.")


@asynccontextmanager
async def working(dsn: str, timer: FakeTimer) -> AsyncIterator[list[EventDict]]:
    """Run a worker in this process, and yield its log."""
    container = build_container(settings_of(dsn))
    worker = Worker(container, Pace(poll=0.01, recovery=0.01), OutageLog(timer))
    with capture_logs() as logs:
        task = asyncio.create_task(worker.run())
        try:
            yield logs
        finally:
            worker.stop()
            await task
            await container.close()


def events(logs: list[EventDict]) -> list[str]:
    return [line["event"] for line in logs]


async def test_an_outage_is_logged_now_and_then_in_a_line_and_its_end_once(
    own: OwnPostgres, dsn: str
) -> None:
    timer = FakeTimer()

    with own.crashed():
        async with working(dsn, timer) as logs:
            await until(lambda: timer.reads > 3)
            first = events(logs)
            timer.advance(REMINDER_SECONDS)
            await until(lambda: len(logs) > 1)
            own.start()
            await until(lambda: "worker resumed" in events(logs))
            own.crash()
            await until(lambda: events(logs)[-1] == "worker waits")

    assert first == ["worker waits"]
    assert events(logs) == ["worker waits", "worker waits", "worker resumed", "worker waits"]
    assert all("exc_info" not in line for line in logs)
    assert "DATABASE_URL" in logs[0]["remedy"]
