"""Killed workers and failing jobs: nothing is lost, and nothing happens twice."""

import asyncio
import random
import signal
from typing import Final

import pytest

from sigmasight.entrypoints.worker import UNEXPECTED
from tests.integration.database_rows import Rows
from tests.integration.jobs.conftest import JobsWorkspace, wait_until

RUNNING: Final = "FROM calculation_runs WHERE status = 'running'"


@pytest.mark.parametrize(
    ("runs", "kills"),
    [(120, 5), pytest.param(500, 20, marks=pytest.mark.long("each kill costs a second"))],
)
async def test_each_calculation_happens_once_although_workers_are_killed(
    workspace: JobsWorkspace, rows: Rows, runs: int, kills: int
) -> None:
    await workspace.start_calculations(*["ACME"] * runs)
    chance = random.Random(20)  # noqa: S311

    for number in range(1, kills + 1):
        with workspace.worker(tries=kills) as worker:
            done = runs - runs * number // (kills + 2)

            async def has_progressed(left: int = done) -> bool:
                return await rows.count(RUNNING) <= left

            await wait_until(has_progressed, workspace.worker_log)
            await asyncio.sleep(chance.uniform(0, 0.02))
            worker.kill()
    left_over = await rows.count(RUNNING)
    with workspace.worker(tries=kills):
        await wait_until(lambda: rows.is_empty(RUNNING), workspace.worker_log)
        await wait_until(lambda: rows.is_empty("FROM jobs.pgqueuer"), workspace.worker_log)

    assert left_over > 0
    assert await rows.count("FROM calculation_runs WHERE status = 'completed'") == runs
    assert await rows.count("FROM snapshots") == runs
    assert await rows.count("FROM (SELECT DISTINCT portfolio_id FROM snapshots) AS each") == runs


async def test_a_poisoned_job_fails_with_a_reference_to_the_log_and_blocks_no_other(
    workspace: JobsWorkspace, rows: Rows
) -> None:
    _, sound = await workspace.start_calculations("BROKEN", "ACME")

    with workspace.worker():
        await wait_until(lambda: rows.is_empty(RUNNING), workspace.worker_log)
        await wait_until(lambda: rows.is_empty("FROM jobs.pgqueuer"), workspace.worker_log)

    [failed] = await rows.all("SELECT * FROM calculation_runs WHERE status = 'failed'")
    assert (failed["tries"], failed["error"]) == (3, UNEXPECTED.format(failed["id"]))
    assert "broken" not in str(failed["log"])
    assert str(failed["id"]) in workspace.worker_log()
    assert "ArithmeticError: It is broken." in workspace.worker_log()
    [snapshot] = await rows.all("SELECT run_id FROM snapshots")
    assert snapshot["run_id"] == sound.id


async def test_a_job_that_kills_its_workers_is_given_up(
    workspace: JobsWorkspace, rows: Rows
) -> None:
    await workspace.start_calculations("DEADLY")

    for _ in range(3):
        with workspace.worker() as worker:
            await asyncio.to_thread(worker.join, 30)
            assert worker.exitcode == -signal.SIGKILL
    with workspace.worker():
        await wait_until(lambda: rows.is_empty(RUNNING), workspace.worker_log)

    [failed] = await rows.all("SELECT * FROM calculation_runs")
    assert (failed["status"], failed["tries"]) == ("failed", 3)
    assert failed["error"] == "The worker stopped in the middle of every attempt."


async def test_two_workers_share_the_work_and_each_is_done_once(
    workspace: JobsWorkspace, rows: Rows
) -> None:
    await workspace.start_calculations(*["ACME"] * 60)

    with workspace.worker() as first, workspace.worker() as second:
        await wait_until(lambda: rows.is_empty("FROM jobs.pgqueuer"), workspace.worker_log)
        first.terminate()
        second.terminate()
        for worker in (first, second):
            await asyncio.to_thread(worker.join, 30)

    assert (first.exitcode, second.exitcode) == (0, 0)
    assert await rows.count("FROM snapshots") == 60
    picked = "SELECT count(*) AS times FROM jobs.pgqueuer_log WHERE status = 'picked'"
    assert {row["times"] for row in await rows.all(f"{picked} GROUP BY job_id")} == {1}
