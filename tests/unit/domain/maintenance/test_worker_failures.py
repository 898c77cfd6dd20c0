"""Long, failing and killed maintenance runs."""

from dataclasses import replace

import pytest

from sigmasight.domain.maintenance.model import (
    MaintenanceStatus,
)
from sigmasight.domain.portfolios.calculations.runs import CalculationRun
from tests.support.builders.instants import NOON
from tests.support.fakes.calculations import InMemoryCalculationRuns, InMemorySnapshots
from tests.unit.domain.maintenance.maintenance_fixtures import *  # noqa: F403  fixtures
from tests.unit.domain.maintenance.maintenance_fixtures import ALL, CLEAR, RUN
from tests.unit.domain.maintenance.maintenance_workspace import (
    SECOND,
    MaintenanceWorkspace,
)


@pytest.mark.usefixtures("small_pages")
async def test_a_long_run_is_requeued_between_pages_and_continued(
    workspace: MaintenanceWorkspace,
) -> None:
    workspace.calculated(*workspace.portfolios)
    fix = await workspace.started(CLEAR)

    class Slow(InMemorySnapshots):
        async def clear(self, *args: object, **named: object) -> int:
            workspace.clock.advance(SECOND)
            return await super().clear(*args, **named)  # type: ignore[arg-type]

    slow = replace(workspace.run_maintenance, snapshots=Slow(workspace.store))
    turns, left = [], []
    for _ in range(3):
        turns.append(await slow(fix.job_arguments))
        left.append(len(workspace.store.snapshots))

    assert (turns, left) == ([True, True, False], [1, 0, 0])
    assert (await workspace.report(fix)).status is MaintenanceStatus.COMPLETED


class WorkerKilledError(BaseException):
    """The worker's."""


@pytest.mark.usefixtures("small_pages")
async def test_a_run_whose_worker_was_killed_continues_where_it_was(
    workspace: MaintenanceWorkspace,
) -> None:
    workspace.calculated(*workspace.portfolios)
    fix = await workspace.started(ALL)

    class Deadly(InMemorySnapshots):
        calls = 0

        async def clear(self, *args: object, **named: object) -> int:
            Deadly.calls += 1
            if Deadly.calls == 2:
                raise WorkerKilledError
            return await super().clear(*args, **named)  # type: ignore[arg-type]

    deadly = replace(workspace.run_maintenance, snapshots=Deadly(workspace.store))
    with pytest.raises(WorkerKilledError):
        await deadly(fix.job_arguments)
    broken_off = await workspace.report(fix)
    await deadly(fix.job_arguments)

    report = await workspace.report(fix)
    assert (broken_off.status, broken_off.current, broken_off.run.tries) == (
        MaintenanceStatus.RUNNING,
        2,
        0,
    )
    assert report.run.counts.snapshots_cleared == 3
    assert report.run.counts.calculations_started == 4


async def test_a_run_that_kills_its_workers_is_failed_with_a_reason(
    workspace: MaintenanceWorkspace,
) -> None:
    fix = await workspace.started(CLEAR)

    class Deadly(InMemorySnapshots):
        async def clear(self, *_: object, **__: object) -> int:
            raise WorkerKilledError

    deadly = replace(workspace.run_maintenance, snapshots=Deadly(workspace.store))
    for _ in range(3):
        with pytest.raises(WorkerKilledError):
            await deadly(fix.job_arguments)
    await deadly(fix.job_arguments)

    report = await workspace.report(fix)
    assert (report.status, report.run.error) == (
        MaintenanceStatus.FAILED,
        "The worker stopped in the middle of every attempt.",
    )
    assert report.completed_at == NOON + SECOND


async def test_a_failing_run_is_retried_and_fails_after_three_attempts(
    workspace: MaintenanceWorkspace,
) -> None:
    fix = await workspace.started(RUN)
    again = []

    class Broken(InMemoryCalculationRuns):
        async def start(self, _: object) -> list[CalculationRun]:
            raise ArithmeticError

    broken = replace(workspace.run_maintenance, runs=Broken(workspace.store))
    for _ in range(3):
        with pytest.raises(ArithmeticError):
            await broken(fix.job_arguments)
        again.append(await broken.failed(fix.job_arguments, "It broke.\0"))

    report = await workspace.report(fix)
    assert again == [True, True, False]
    assert (report.status, report.run.error) == (MaintenanceStatus.FAILED, "It broke.")
    assert not await workspace.run_maintenance.failed(fix.job_arguments, "Too late.")


async def test_an_ended_run_is_not_repeated(workspace: MaintenanceWorkspace) -> None:
    fix = await workspace.started(RUN)
    await workspace.run_maintenance(fix.job_arguments)
    for run in workspace.runs():
        workspace.end(run)
    before = workspace.store.copy()

    await workspace.run_maintenance(fix.job_arguments)

    assert workspace.store == before
