"""The worker inside a server, its database taken away."""

import asyncio
from pathlib import Path

from tests.integration.database_rows import Rows
from tests.integration.outages.database.stoppable_postgres import OwnPostgres
from tests.support.builders.clerk_users import a_person
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
