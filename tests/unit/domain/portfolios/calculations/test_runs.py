"""A calculation from its start to its end, and all that may come between."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from sigmasight.domain.jobs import MAX_ATTEMPTS, JobKind
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.calculations.calculate import Calculate
from sigmasight.domain.portfolios.calculations.metrics import CalculationInput
from sigmasight.domain.portfolios.calculations.progress import (
    MAX_LOG_ENTRIES,
    LogLevel,
    PhaseStatus,
)
from sigmasight.domain.portfolios.calculations.runs import (
    BY_OPERATOR,
    BatchId,
    CalculationNotFoundError,
    CalculationRun,
    CalculationRunningError,
    ReadCalculation,
    RunStatus,
    StartCalculation,
)
from sigmasight.domain.portfolios.calculations.settlement import Settlement
from sigmasight.domain.portfolios.calculations.snapshots import (
    ReadSnapshot,
    Snapshot,
    SnapshotNotFoundError,
)
from sigmasight.domain.portfolios.portfolio import PortfolioNotFoundError
from tests.support.builders.calculation_inputs import TODAY, a_walk
from tests.support.builders.calculations import a_run
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, a_position, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user
from tests.support.fakes.calculations import (
    InMemoryCalculationRuns,
    InMemoryFactorResults,
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.prices import InMemoryPrices
from tests.support.fakes.profiles import in_memory_books
from tests.support.fakes.store import InMemoryStore

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))


class CalculationWorkspace:
    """Ann's two portfolios, the first of which holds something, and a worker."""

    def __init__(self) -> None:
        position = a_position(SAVINGS)
        self.store = InMemoryStore(
            users={ANNS_ID: a_user()},
            portfolios={(ANNS_ID, each.id): each for each in (SAVINGS, OTHER)},
            positions={(ANNS_ID, position.id): position},
            prices={
                (symbol, day): Decimal(str(close))
                for symbol in ("ACME", "SPY")
                for day, close in a_walk(symbol, 100).items()
            },
        )
        self.clock = FixedClock(NOON)
        held = ImmediateTransaction(self.store)
        portfolios, runs = InMemoryPortfolios(self.store), InMemoryCalculationRuns(self.store)
        snapshots, self.queue = InMemorySnapshots(self.store), InMemoryQueue(self.store)
        self.start = StartCalculation(portfolios, runs, self.queue, self.clock, held)
        self.read = ReadCalculation(portfolios, runs, held)
        self.look = ReadSnapshot(portfolios, snapshots, held)
        self.calculate = Calculate(
            portfolios,
            InMemoryPositions(self.store),
            Settlement(InMemoryPositions(self.store), InMemoryPrices(self.store)),
            in_memory_books(self.store, self.clock),
            runs,
            snapshots,
            InMemoryFactorResults(self.store),
            self.clock,
            held,
            MAX_ATTEMPTS,
        )

    async def started(self) -> CalculationRun:
        return await self.start(SAVINGS.id, by=ANNS_ID)

    async def now(self, run: CalculationRun) -> CalculationRun:
        return await self.read(SAVINGS.id, run.id, by=ANNS_ID)

    async def snapshot(self, by: UserId = ANNS_ID) -> Snapshot:
        return await self.look(SAVINGS.id, by=by)


@pytest.fixture
def workspace() -> CalculationWorkspace:
    return CalculationWorkspace()


async def test_a_started_run_waits_for_a_worker(workspace: CalculationWorkspace) -> None:
    run = await workspace.started()

    [job] = await workspace.queue.claim(9)
    assert (job.kind, job.arguments) == (JobKind.CALCULATE, (ANNS_ID, run.id))
    assert await workspace.now(run) == run
    assert (run.status, run.steps, run.tries) == (RunStatus.RUNNING, 0, 0)


async def test_a_second_one_while_it_runs_is_refused_and_waits_for_nobody(
    workspace: CalculationWorkspace,
) -> None:
    await workspace.started()

    with pytest.raises(CalculationRunningError):
        await workspace.started()

    assert len(await workspace.queue.claim(9)) == 1
    assert (await workspace.start(OTHER.id, by=ANNS_ID)).portfolio_id == OTHER.id


async def test_a_queued_run_of_a_batch_moves_first_when_its_owner_requests_it(
    workspace: CalculationWorkspace,
) -> None:
    waits = a_run(SAVINGS, triggered_by=BY_OPERATOR, batch=BatchId(uuid4()))
    workspace.store.runs[ANNS_ID, waits.id] = waits
    other = a_run(OTHER, triggered_by=BY_OPERATOR)
    for run in (other, waits):
        await workspace.queue.put(JobKind.CALCULATE, [run.job_arguments], low_priority=True)
    workspace.clock.advance(DAY)

    mine = await workspace.started()
    jobs = [job.arguments for job in await workspace.queue.claim(9)]
    with pytest.raises(CalculationRunningError):
        await workspace.started()
    for subject in jobs:
        await workspace.calculate(subject)

    assert mine == replace(waits, triggered_by="user", started_at=NOON + DAY)
    assert jobs == [mine.job_arguments, other.job_arguments, mine.job_arguments]
    assert (await workspace.now(mine)).status is RunStatus.COMPLETED
    assert len(workspace.store.snapshots) == 1


async def test_a_batch_run_that_a_worker_has_started_is_running(
    workspace: CalculationWorkspace,
) -> None:
    begun = a_run(SAVINGS, triggered_by=BY_OPERATOR, tries=1)
    workspace.store.runs[ANNS_ID, begun.id] = begun

    with pytest.raises(CalculationRunningError):
        await workspace.started()


async def test_users_cannot_calculate_or_read_each_others_portfolios(
    workspace: CalculationWorkspace,
) -> None:
    run = await workspace.started()

    with pytest.raises(PortfolioNotFoundError):
        await workspace.start(SAVINGS.id, by=BOBS_ID)
    with pytest.raises(PortfolioNotFoundError):
        await workspace.read(SAVINGS.id, run.id, by=BOBS_ID)
    with pytest.raises(PortfolioNotFoundError):
        await workspace.snapshot(by=BOBS_ID)


async def test_a_run_is_found_with_its_own_portfolio_alone(workspace: CalculationWorkspace) -> None:
    run = await workspace.started()

    with pytest.raises(CalculationNotFoundError):
        await workspace.read(OTHER.id, run.id, by=ANNS_ID)


async def test_a_portfolio_never_calculated_has_no_snapshot(
    workspace: CalculationWorkspace,
) -> None:
    with pytest.raises(SnapshotNotFoundError):
        await workspace.snapshot()


async def test_a_worker_ends_it_with_a_snapshot(workspace: CalculationWorkspace) -> None:
    run = await workspace.started()
    workspace.clock.advance(MINUTE)

    await workspace.calculate(run.job_arguments)

    done = await workspace.now(run)
    assert (done.status, done.steps, done.tries) == (RunStatus.COMPLETED, 3, 1)
    assert done.elapsed(NOON + timedelta(days=9)) == MINUTE
    snapshot = await workspace.snapshot()
    assert (snapshot.as_of, snapshot.calculated_at) == (TODAY, NOON + MINUTE)
    assert (snapshot.positions, snapshot.priced_at_entry, snapshot.history_days) == (1, 0, 100)
    assert snapshot.beta is not None
    assert (await workspace.started()).id != run.id


async def test_doing_it_again_changes_nothing(workspace: CalculationWorkspace) -> None:
    run = await workspace.started()
    await workspace.calculate(run.job_arguments)
    before = workspace.store.copy()
    workspace.clock.advance(MINUTE)

    await workspace.calculate(run.job_arguments)

    assert workspace.store == before
    assert not await workspace.calculate.failed(run.job_arguments, "Too late.")
    assert workspace.store == before


async def test_a_failing_run_is_tried_three_times_and_has_its_error(
    workspace: CalculationWorkspace,
) -> None:
    run = await workspace.started()
    known = workspace.store.runs[ANNS_ID, run.id]
    again = []

    for number in (1, 2, 3):
        workspace.store.runs[ANNS_ID, run.id] = replace(known, tries=number)
        again.append(await workspace.calculate.failed(run.job_arguments, f"Broken\0 {number}"))
        known = await workspace.now(run)

    assert again == [True, True, False]
    assert (known.status, known.error) == (RunStatus.FAILED, "Broken 3")
    with pytest.raises(SnapshotNotFoundError):
        await workspace.snapshot()


async def test_one_its_worker_dies_of_ends_after_three_tries(
    workspace: CalculationWorkspace,
) -> None:
    run = await workspace.started()

    class DeathError(BaseException):
        """What no worker survives."""

    class Deadly(InMemoryPositions):
        async def all(self, *_: object) -> list[object]:  # type: ignore[override]
            raise DeathError

    deadly = replace(workspace.calculate, positions=Deadly(workspace.store))
    for _ in range(3):
        with pytest.raises(DeathError):
            await deadly(run.job_arguments)
    await deadly(run.job_arguments)

    ended = await workspace.now(run)
    assert (ended.status, ended.tries) == (RunStatus.FAILED, 3)
    assert ended.error == "The worker stopped in the middle of every attempt."


async def test_deleting_a_portfolio_ends_its_run(workspace: CalculationWorkspace) -> None:
    run = await workspace.started()
    workspace.store.portfolios[ANNS_ID, SAVINGS.id] = replace(SAVINGS, deleted_at=NOON)

    await workspace.calculate(run.job_arguments)

    ended = workspace.store.runs[ANNS_ID, run.id]
    assert (ended.status, ended.error) == (RunStatus.FAILED, "The portfolio was deleted.")
    assert workspace.store.snapshots == {}


async def test_a_run_nobody_knows_is_passed_over(workspace: CalculationWorkspace) -> None:
    await workspace.calculate((ANNS_ID, SAVINGS.id))

    assert workspace.store.snapshots == {}


def test_a_book_without_prices_is_of_the_day_it_is_calculated() -> None:
    assert CalculationInput(SAVINGS.id, [], None, {}).priced_on is None


async def test_the_phases_and_the_log_of_a_run_follow_its_own_progress(
    workspace: CalculationWorkspace,
) -> None:
    run = await workspace.started()
    queued = await workspace.now(run)
    begun = await workspace.calculate.begin(run.job_arguments)
    assert begun
    workspace.clock.advance(MINUTE)
    read = await workspace.calculate._read(begun)  # noqa: SLF001  between its transactions
    assert read
    halfway = await workspace.now(run)
    await workspace.calculate(run.job_arguments)
    done = await workspace.now(run)

    states = [[phase.status.value for phase in each.phases] for each in (queued, halfway, done)]
    assert states == [
        ["running", "pending", "pending", "pending"],
        ["completed", "completed", "running", "pending"],
        ["completed"] * 4,
    ]
    assert [(phase.count, phase.total) for phase in halfway.phases] == [
        (1, 1),
        (1, 1),
        (0, 1),
        (0, 0),
    ]
    assert halfway.phases[0].duration == MINUTE
    assert [entry.message for entry in done.log] == [
        "The calculation is queued.",
        "A worker has begun attempt 1.",
        "1 open position read.",
        f"Prices of 1 of 1 symbol read, up to {TODAY}.",
        "A worker has begun attempt 2.",
        "1 open position read.",
        f"Prices of 1 of 1 symbol read, up to {TODAY}.",
        "The figures are calculated.",
        "The results are stored.",
    ]


async def test_the_log_warns_of_a_failed_attempt_and_ends_with_the_last_one(
    workspace: CalculationWorkspace,
) -> None:
    run = await workspace.started()
    for _ in range(MAX_ATTEMPTS):
        await workspace.calculate.begin(run.job_arguments)
        await workspace.calculate.failed(run.job_arguments, "It broke.")

    failed = await workspace.now(run)

    levels = [entry.level for entry in failed.log]
    assert levels.count(LogLevel.WARNING) == MAX_ATTEMPTS - 1
    assert (levels[-1], failed.log[-1].message) == (
        LogLevel.ERROR,
        "The calculation failed: It broke.",
    )
    assert [phase.status for phase in failed.phases] == [
        PhaseStatus.FAILED,
        *[PhaseStatus.PENDING] * 3,
    ]


async def test_the_log_of_a_run_is_bounded() -> None:
    run = a_run(SAVINGS)

    for number in range(MAX_LOG_ENTRIES + 1):
        run = run.logged(NOON, str(number))

    assert [entry.message for entry in run.log] == [*map(str, range(1, MAX_LOG_ENTRIES + 1))]


async def test_the_last_run_of_a_portfolio_is_found_whoever_started_it(
    workspace: CalculationWorkspace,
) -> None:
    before = await workspace.read.latest(SAVINGS.id, by=ANNS_ID)
    run = await workspace.started()
    portfolio, found = await workspace.read.latest(SAVINGS.id, by=ANNS_ID)

    assert (before[1], portfolio.id, found) == (None, SAVINGS.id, run)
    with pytest.raises(PortfolioNotFoundError):
        await workspace.read.latest(SAVINGS.id, by=BOBS_ID)
