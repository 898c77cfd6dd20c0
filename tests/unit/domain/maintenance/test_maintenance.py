"""Maintenance runs over the portfolios of all users, each done once and recorded."""

from uuid import uuid4

import pytest

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.jobs import JobKind
from sigmasight.domain.maintenance import use_cases
from sigmasight.domain.maintenance.model import (
    BatchProgress,
    MaintenanceCounts,
    MaintenanceReport,
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceRunNotFoundError,
    MaintenanceStatus,
    MaintenanceTask,
    OwnedPortfolio,
)
from sigmasight.domain.maintenance.sample_portfolio import HOLDINGS, SAMPLE
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioLimitReachedError,
    PortfolioNotFoundError,
)
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID
from tests.unit.domain.maintenance.maintenance_fixtures import *  # noqa: F403  fixtures
from tests.unit.domain.maintenance.maintenance_fixtures import ALL, CLEAR, RUN
from tests.unit.domain.maintenance.maintenance_workspace import (
    OPERATOR,
    SECOND,
    MaintenanceWorkspace,
)

SEED = MaintenanceTask.SEED_PORTFOLIOS


async def test_a_started_run_waits_for_a_worker_with_its_operator_and_time(
    workspace: MaintenanceWorkspace,
) -> None:
    fix = await workspace.started(CLEAR)

    [job] = await workspace.queue.claim(9)
    report = await workspace.report(fix)
    assert (job.kind, job.arguments) == (JobKind.MAINTENANCE, (fix.id,))
    assert (report.status, report.completed_at) == (MaintenanceStatus.PENDING, None)
    assert (fix.requested_by, fix.created_at) == (OPERATOR, NOON)
    assert report.requested_by == workspace.store.users[OPERATOR].email
    assert list(await workspace.read.latest(5)) == [report]


async def test_an_unknown_run_is_not_found(workspace: MaintenanceWorkspace) -> None:
    with pytest.raises(MaintenanceRunNotFoundError):
        await workspace.read.one(MaintenanceRunId(uuid4()))


async def test_a_missing_portfolio_is_refused_and_nothing_is_queued(
    workspace: MaintenanceWorkspace,
) -> None:
    workspace.delete(workspace.portfolios[0])

    for named in (PortfolioId(uuid4()), workspace.portfolios[0].id):
        with pytest.raises(PortfolioNotFoundError):
            await workspace.start(RUN, by=OPERATOR, portfolio=named)

    assert (workspace.store.fixes, workspace.store.jobs) == ({}, {})


@pytest.mark.usefixtures("small_pages")
async def test_clearing_deletes_all_snapshots_older_than_the_run(
    workspace: MaintenanceWorkspace,
) -> None:
    workspace.calculated(*workspace.portfolios, workspace.portfolios[0])
    fix = await workspace.started(CLEAR)
    workspace.calculated(workspace.portfolios[1])

    await workspace.run_maintenance(fix.job_arguments)

    report = await workspace.report(fix)
    assert (report.status, report.run.counts.snapshots_cleared) == (MaintenanceStatus.COMPLETED, 4)
    assert (report.current, report.total) == (3, 3)
    assert report.completed_at == NOON + SECOND
    assert [portfolio for _, portfolio, _ in workspace.store.snapshots] == [
        workspace.portfolios[1].id
    ]


async def test_clearing_many_snapshots_continues_until_the_last(
    workspace: MaintenanceWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_cases, "SNAPSHOTS_PER_TURN", 2)
    workspace.calculated(*workspace.portfolios, *workspace.portfolios[:2])
    fix = await workspace.started(CLEAR)

    await workspace.run_maintenance(fix.job_arguments)

    report = await workspace.report(fix)
    assert (report.status, report.run.counts.snapshots_cleared) == (MaintenanceStatus.COMPLETED, 5)
    assert workspace.store.snapshots == {}


async def test_clearing_ends_orphaned_runs_and_their_batch(
    workspace: MaintenanceWorkspace,
) -> None:
    batch = await workspace.started(RUN)
    await workspace.run_maintenance(batch.job_arguments)
    stuck, *others = workspace.runs()
    for place, job in list(workspace.store.jobs.items()):
        if job.arguments == stuck.job_arguments:
            del workspace.store.jobs[place]
    fix = await workspace.started(CLEAR)

    await workspace.run_maintenance(fix.job_arguments)
    for run in others:
        workspace.end(run)

    assert (await workspace.report(fix)).run.counts.calculations_given_up == 1
    ended = workspace.store.runs[stuck.user_id, stuck.id]
    assert (ended.status, ended.error) == (
        RunStatus.FAILED,
        "The calculation's job is no longer in the queue.",
    )
    report = await workspace.report(batch)
    assert (report.status, report.batch.completed, report.batch.failed) == (
        MaintenanceStatus.COMPLETED,
        2,
        1,
    )


async def test_clearing_one_portfolio_leaves_the_others(workspace: MaintenanceWorkspace) -> None:
    workspace.calculated(*workspace.portfolios)
    fix = await workspace.started(CLEAR, workspace.portfolios[1].id)

    await workspace.run_maintenance(fix.job_arguments)

    report = await workspace.report(fix)
    assert (report.run.counts.snapshots_cleared, report.total) == (1, 1)
    assert {portfolio for _, portfolio, _ in workspace.store.snapshots} == {
        workspace.portfolios[0].id,
        workspace.portfolios[2].id,
    }


@pytest.mark.usefixtures("small_pages")
async def test_a_batch_starts_a_calculation_of_each_portfolio_and_ends_with_the_last(
    workspace: MaintenanceWorkspace,
) -> None:
    fix = await workspace.started(RUN)

    await workspace.run_maintenance(fix.job_arguments)
    begun = await workspace.report(fix)
    first, second, third = workspace.runs()
    workspace.end(first)
    workspace.end(second, RunStatus.FAILED)
    underway = await workspace.report(fix)
    workspace.clock.advance(SECOND)
    workspace.end(third)

    done = await workspace.report(fix)
    assert {run.portfolio_id for run in workspace.runs()} == {
        each.id for each in workspace.portfolios
    }
    assert {run.triggered_by for run in workspace.runs()} == {"operator"}
    assert len(await workspace.queued_calculations()) == 3
    assert (begun.status, begun.current, begun.total) == (MaintenanceStatus.RUNNING, 0, 3)
    assert (underway.status, underway.current, underway.completed_at) == (
        MaintenanceStatus.RUNNING,
        2,
        None,
    )
    assert (done.status, done.current) == (MaintenanceStatus.COMPLETED, 3)
    assert done.completed_at == NOON + 2 * SECOND
    assert (done.batch.completed, done.batch.failed) == (2, 1)


def test_portfolios_created_during_a_run_do_not_reset_its_progress(
    workspace: MaintenanceWorkspace,
) -> None:
    page = [OwnedPortfolio(each.user_id, each.id) for each in workspace.portfolios]
    counted = MaintenanceRun(
        id=MaintenanceRunId(uuid4()), task=ALL, requested_by=OPERATOR, created_at=NOON, portfolios=2
    )

    cleared = counted.advanced(page, MaintenanceCounts())
    seeded = cleared.with_stage_done(MaintenanceCounts()).with_stage_done(MaintenanceCounts())
    started = seeded.advanced(page, MaintenanceCounts(calculations_started=3))
    ran = started.with_stage_done(started.counts).ended(MaintenanceStatus.COMPLETED, NOON)
    reported = [(fix, 0) for fix in (counted, cleared, seeded)]
    reported += [(started, 3), (started, 2), (ran, 2), (ran, 1), (ran, 0)]
    reports = [
        MaintenanceReport(fix, BatchProgress(running=running), "") for fix, running in reported
    ]

    assert [report.current for report in reports] == [0, 2, 3, 3, 4, 4, 5, 5]
    assert {report.total for report in reports} == {5}


async def test_a_failed_batch_stays_ended_whatever_its_calculations_do(
    workspace: MaintenanceWorkspace,
) -> None:
    fix = await workspace.started(RUN)
    await workspace.run_maintenance(fix.job_arguments)
    known = workspace.store.fixes[fix.id]
    workspace.store.fixes[fix.id] = known.ended(MaintenanceStatus.FAILED, NOON, "It broke.")

    for run in workspace.runs():
        workspace.clock.advance(SECOND)
        workspace.end(run)
        report = await workspace.report(fix)

        assert (report.status, report.completed_at) == (MaintenanceStatus.FAILED, NOON)


async def test_a_batch_waits_behind_requests_of_users(workspace: MaintenanceWorkspace) -> None:
    fix = await workspace.started(RUN)
    await workspace.run_maintenance(fix.job_arguments)
    urgent = (ANNS_ID, uuid4())
    await workspace.queue.put(JobKind.CALCULATE, [urgent], low_priority=False)

    _, first = await workspace.queue.claim(2)

    assert first.arguments == urgent


async def test_a_batch_skips_portfolios_that_are_being_calculated(
    workspace: MaintenanceWorkspace,
) -> None:
    earlier = await workspace.started(RUN, workspace.portfolios[0].id)
    await workspace.run_maintenance(earlier.job_arguments)
    fix = await workspace.started(RUN)

    await workspace.run_maintenance(fix.job_arguments)

    tally = (await workspace.report(fix)).run.counts
    assert (tally.calculations_started, tally.calculations_skipped) == (2, 1)
    assert len(await workspace.queued_calculations()) == 3


async def test_the_operator_gets_the_sample_portfolio_once(workspace: MaintenanceWorkspace) -> None:
    for seeded in (1, 0):
        fix = await workspace.started(SEED)
        await workspace.run_maintenance(fix.job_arguments)
        report = await workspace.report(fix)
        assert (report.status, report.run.counts.portfolios_seeded) == (
            MaintenanceStatus.COMPLETED,
            seeded,
        )
        assert (report.current, report.total) == (1, 1)

    [sample] = workspace.store.portfolios_of(OPERATOR)
    assert (sample.terms, sample.holdings.count) == (SAMPLE, len(HOLDINGS))


def fill_up(workspace: MaintenanceWorkspace) -> None:
    """Let the operator have as many portfolios as their tier allows."""
    for number in range(2):
        mine = a_portfolio(user_id=OPERATOR, terms=terms(account_name=f"Mine {number}"))
        workspace.store.portfolios[OPERATOR, mine.id] = mine


async def test_the_sample_portfolio_counts_towards_the_operators_limit(
    workspace: MaintenanceWorkspace,
) -> None:
    fill_up(workspace)
    fix = await workspace.started(SEED)

    await workspace.run_maintenance(fix.job_arguments)

    report = await workspace.report(fix)
    assert report.status is MaintenanceStatus.FAILED
    assert report.run.error == str(
        PortfolioLimitReachedError(limit=2, current_count=2, tier=Tier.FREE)
    )
    assert len(workspace.store.portfolios_of(OPERATOR)) == 2


async def test_fixing_all_clears_seeds_and_calculates(workspace: MaintenanceWorkspace) -> None:
    workspace.calculated(*workspace.portfolios)
    fix = await workspace.started(ALL)

    await workspace.run_maintenance(fix.job_arguments)
    for run in workspace.runs():
        workspace.end(run)

    report = await workspace.report(fix)
    assert (report.status, report.current, report.total) == (MaintenanceStatus.COMPLETED, 7, 7)
    assert report.run.counts.snapshots_cleared == 3
    assert report.run.counts.portfolios_seeded == 1
    assert report.batch.completed == 4


async def test_fixing_all_continues_where_the_sample_exceeds_the_limit(
    workspace: MaintenanceWorkspace,
) -> None:
    fill_up(workspace)
    fix = await workspace.started(ALL)

    await workspace.run_maintenance(fix.job_arguments)

    tally = (await workspace.report(fix)).run.counts
    assert tally.calculations_started == 5
    assert "portfolios" in (tally.seeding_refused or "")
