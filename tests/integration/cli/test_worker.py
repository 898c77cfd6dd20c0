"""`sigmasight worker`, the command itself."""

import signal
import subprocess
import time
from pathlib import Path

from tests.integration.database_rows import Rows
from tests.integration.local.development import SIGMASIGHT
from tests.support.servers.pooler import database_settings

WAITS = "FROM jobs.pgqueuer"


async def test_it_empties_the_queue_and_stops_on_a_signal(
    rows: Rows, dsn: str, tmp_path: Path
) -> None:
    await rows.all(
        "INSERT INTO jobs.pgqueuer (priority, status, entrypoint, payload)"
        " SELECT 0, 'queued', 'calculate', decode(repeat('00', 32), 'hex')"
    )
    with subprocess.Popen(  # noqa: ASYNC220, S603
        [SIGMASIGHT, "worker"], cwd=tmp_path, env=database_settings(dsn)
    ) as process:
        for _ in range(300):
            if not await rows.count(WAITS):
                break
            time.sleep(0.05)  # noqa: ASYNC251
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert (code, await rows.count(WAITS)) == (0, 0)
