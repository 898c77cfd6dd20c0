"""What MaintenanceRuns and AllPortfolios promise, both the fake and the adapter."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from sigmasight.domain.maintenance.jobs import JobReference, JobStatus
from sigmasight.domain.maintenance.model import (
    BatchProgress,
    MaintenanceCounts,
    MaintenanceReport,
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceStatus,
    MaintenanceTask,
    OwnedPortfolio,
)
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.calculations import a_run
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, bob

FIRST, SECOND, THIRD, GONE = (
    a_portfolio(
        id=PortfolioId(UUID(int=number)),
        user_id=owner,
        deleted_at=deleted_at,
        terms=terms(account_name=f"Account {number}"),
    )
    for number, owner, deleted_at in (
        (7, ANNS_ID, None),
        (8, ANNS_ID, None),
        (3, BOBS_ID, None),
        (4, BOBS_ID, NOON),
    )
)
OWNED = [OwnedPortfolio(each.user_id, each.id) for each in (FIRST, SECOND, THIRD)]
LEAST = MaintenanceRun(
    id=MaintenanceRunId(UUID(int=1)),
    task=MaintenanceTask.FIX_ALL,
    requested_by=BOBS_ID,
    created_at=NOON,
)
MOST = MaintenanceRun(
    id=MaintenanceRunId(UUID(int=2)),
    task=MaintenanceTask.RUN_BATCH,
    portfolio=OWNED[0],
    requested_by=BOBS_ID,
    created_at=NOON + DAY,
    started_at=NOON + DAY,
    completed_at=NOON + 2 * DAY,
    status=MaintenanceStatus.RUNNING,
    portfolios=3,
    stages_done=1,
    seen=2,
    after=OWNED[1],
    counts=MaintenanceCounts(
        snapshots_cleared=1,
        calculations_given_up=5,
        portfolios_seeded=2,
        calculations_started=3,
        calculations_skipped=4,
        seeding_refused="No room.",
    ),
    tries=2,
    error="Once more.",
)


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    """The ports with Ann and Bob in them, and their portfolios."""
    return await ports.seed(FIRST, SECOND, THIRD, GONE)


@pytest.mark.parametrize("fix", [LEAST, MOST], ids=["least", "most"])
async def test_a_stored_run_is_read_back_with_its_operator(
    seeded: Ports, fix: MaintenanceRun
) -> None:
    await seeded.fixes.add(fix)
    await seeded.commit()

    assert await seeded.fixes.claim(fix.id) == fix
    assert await seeded.fixes.find(fix.id) == MaintenanceReport(fix, BatchProgress(), bob().email)
    assert await seeded.fixes.find(MaintenanceRunId(uuid4())) is None


@pytest.mark.parametrize("status", [MaintenanceStatus.COMPLETED, MaintenanceStatus.FAILED])
async def test_an_ended_run_cannot_be_claimed(seeded: Ports, status: MaintenanceStatus) -> None:
    await seeded.fixes.add(LEAST)
    await seeded.commit()
    ended = replace(MOST, id=LEAST.id).ended(status, NOON, "It broke.")

    await seeded.fixes.put(ended)
    await seeded.commit()

    assert await seeded.fixes.claim(LEAST.id) is None
    found = await seeded.fixes.find(LEAST.id)
    assert found
    assert found.run == ended


async def test_the_latest_are_listed_newest_first(seeded: Ports) -> None:
    await seeded.fixes.add(LEAST)
    await seeded.fixes.add(MOST)
    await seeded.commit()

    assert [report.run for report in await seeded.fixes.latest(5)] == [MOST, LEAST]
    assert [report.run for report in await seeded.fixes.latest(1)] == [MOST]


async def test_the_calculations_of_a_run_are_counted_by_status(
    seeded: Ports,
) -> None:
    await seeded.fixes.add(LEAST)
    await seeded.fixes.add(MOST)
    mine = [a_run(each, batch=LEAST.batch) for each in (FIRST, SECOND, THIRD)]
    await seeded.runs.start(mine)
    await seeded.runs.put(mine[0].ended(RunStatus.FAILED, NOON + DAY))
    await seeded.runs.put(mine[1].ended(RunStatus.COMPLETED, NOON))
    await seeded.runs.start([a_run(FIRST)])
    await seeded.commit()

    batches = {report.run.id: report.batch for report in await seeded.fixes.latest(5)}

    counted = BatchProgress(running=1, completed=1, failed=1, last_finished_at=NOON + DAY)
    assert batches == {LEAST.id: counted, MOST.id: BatchProgress()}


async def test_all_portfolios_except_deleted_ones_are_paged_by_owner_and_id(
    seeded: Ports,
) -> None:
    assert await seeded.all_portfolios.count() == 3
    assert list(await seeded.all_portfolios.page(None, 2)) == OWNED[:2]
    assert list(await seeded.all_portfolios.page(OWNED[1], 2)) == OWNED[2:]
    assert list(await seeded.all_portfolios.page(OWNED[2], 2)) == []


async def test_a_portfolio_is_found_whatever_its_owner_unless_it_is_deleted(seeded: Ports) -> None:
    assert await seeded.all_portfolios.find(THIRD.id) == OWNED[2]
    assert await seeded.all_portfolios.find(GONE.id) is None


async def test_jobs_of_both_kinds_are_in_one_list_newest_first(ports: Ports) -> None:
    await ports.seed(FIRST, SECOND)
    waiting = a_run(FIRST, id=RunId(UUID(int=21)), started_at=NOON + DAY)
    failed = a_run(SECOND, id=RunId(UUID(int=22)), status=RunStatus.FAILED, error="odd")
    await ports.runs.start([waiting, failed])
    await ports.fixes.add(replace(LEAST, created_at=NOON + 2 * DAY))
    await ports.commit()

    everything = await ports.job_records.latest(None, 10)
    failures = await ports.job_records.latest(JobStatus.FAILED, 10)

    assert [(job.id.int, job.status) for job in everything] == [
        (1, JobStatus.PENDING),
        (21, JobStatus.PENDING),
        (22, JobStatus.FAILED),
    ]
    assert [job.error for job in failures] == ["odd"]
    assert await ports.job_records.latest(None, 1) == everything[:1]
    for job in everything:
        assert await ports.job_records.find(job.id) == job
    assert await ports.job_records.find(JobReference(UUID(int=99))) is None
