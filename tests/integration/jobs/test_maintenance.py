"""What operators ask for is done once, though workers die of it or share it."""

import asyncio
from typing import Final

from sigmasight.domain.maintenance.model import MaintenanceStatus, MaintenanceTask
from tests.integration.database_rows import Rows
from tests.integration.jobs.conftest import Desk, until

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


async def test_a_fix_whose_workers_are_killed_is_gone_on_with_and_done_once(
    desk: Desk, rows: Rows
) -> None:
    held = await desk.start(*["ACME"] * PORTFOLIOS)
    with desk.worker():
        await until(lambda: nothing(rows, "FROM jobs.pgqueuer"), desk.said)
    fix = await desk.order(MaintenanceTask.FIX_ALL)

    for _ in range(KILLS):
        before = await progress(rows)

        async def further(before: int = before) -> bool:
            return await progress(rows) > before

        with desk.worker(tries=KILLS) as worker:
            await until(further, desk.said)
            worker.kill()
    underway = await desk.report(fix)
    with desk.worker(tries=KILLS):
        await until(lambda: nothing(rows, "FROM jobs.pgqueuer"), desk.said)

    done = await desk.report(fix)
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


async def test_fixes_asked_for_at_once_start_one_calculation_of_each_portfolio(
    desk: Desk, rows: Rows
) -> None:
    await desk.hold(*["ACME"] * PORTFOLIOS)
    fixes = await asyncio.gather(*(desk.order(MaintenanceTask.RUN_BATCH) for _ in range(4)))
    with desk.worker() as first, desk.worker() as second:
        await until(lambda: nothing(rows, "FROM jobs.pgqueuer"), desk.said)
        assert (first.is_alive(), second.is_alive()) == (True, True)

    reports = [await desk.report(fix) for fix in fixes]
    started = sum(report.run.counts.calculations_started for report in reports)
    skipped = sum(report.run.counts.calculations_skipped for report in reports)
    assert {report.status for report in reports} == {MaintenanceStatus.COMPLETED}
    assert started + skipped == 4 * PORTFOLIOS
    assert started == await rows.count(RUNS) == await rows.count("FROM snapshots")


async def nothing(rows: Rows, query: str) -> bool:
    return await rows.count(query) == 0
