"""Maintenance runs are done once, although workers are killed or share them."""

import asyncio
from typing import Final

from sigmasight.domain.maintenance.model import MaintenanceStatus, MaintenanceTask
from tests.integration.database_rows import Rows
from tests.integration.jobs.conftest import JobsWorkspace, wait_until

PORTFOLIOS: Final = 30
KILLS: Final = 4
PROGRESS: Final = """
SELECT stages_done * 1000 + seen
       + (SELECT count(*) FROM calculation_runs WHERE status <> 'running') AS progress
FROM fixes
"""
RUNS: Final = "FROM calculation_runs WHERE triggered_by = 'operator'"
SAMPLES: Final = "FROM portfolios WHERE account_name = 'Demo brokerage'"


async def progress(rows: Rows) -> int:
    [row] = await rows.all(PROGRESS)
    return int(row["progress"])


async def test_a_run_whose_workers_are_killed_is_continued_and_done_once(
    workspace: JobsWorkspace, rows: Rows
) -> None:
    held = await workspace.start_calculations(*["ACME"] * PORTFOLIOS)
    with workspace.worker():
        await wait_until(lambda: rows.is_empty("FROM jobs.pgqueuer"), workspace.worker_log)
    fix = await workspace.start_maintenance(MaintenanceTask.FIX_ALL)

    for _ in range(KILLS):
        before = await progress(rows)

        async def has_progressed(before: int = before) -> bool:
            return await progress(rows) > before

        with workspace.worker(tries=KILLS) as worker:
            await wait_until(has_progressed, workspace.worker_log)
            worker.kill()
    underway = await workspace.report(fix)
    with workspace.worker(tries=KILLS):
        await wait_until(lambda: rows.is_empty("FROM jobs.pgqueuer"), workspace.worker_log)

    done = await workspace.report(fix)
    assert underway.status is MaintenanceStatus.RUNNING
    assert (done.status, done.current) == (MaintenanceStatus.COMPLETED, done.total)
    assert done.run.counts.snapshots_cleared == PORTFOLIOS
    assert done.run.counts.portfolios_seeded == await rows.count(SAMPLES) == 0
    assert done.run.counts.seeding_refused
    assert done.run.counts.calculations_started == done.batch.completed == PORTFOLIOS
    assert await rows.count(f"{RUNS} AND status = 'completed'") == PORTFOLIOS
    assert await rows.count("FROM snapshots") == PORTFOLIOS
    assert {run.portfolio_id for run in held} == {
        row["portfolio_id"] for row in await rows.all("SELECT portfolio_id FROM snapshots")
    }


async def test_concurrent_runs_start_one_calculation_per_portfolio(
    workspace: JobsWorkspace, rows: Rows
) -> None:
    await workspace.create_portfolios(*["ACME"] * PORTFOLIOS)
    fixes = await asyncio.gather(
        *(workspace.start_maintenance(MaintenanceTask.RUN_BATCH) for _ in range(4))
    )
    with workspace.worker() as first, workspace.worker() as second:
        await wait_until(lambda: rows.is_empty("FROM jobs.pgqueuer"), workspace.worker_log)
        assert (first.is_alive(), second.is_alive()) == (True, True)

    reports = [await workspace.report(fix) for fix in fixes]
    started = sum(report.run.counts.calculations_started for report in reports)
    skipped = sum(report.run.counts.calculations_skipped for report in reports)
    assert {report.status for report in reports} == {MaintenanceStatus.COMPLETED}
    assert started + skipped == 4 * PORTFOLIOS
    assert started == await rows.count(RUNS) == await rows.count("FROM snapshots")
