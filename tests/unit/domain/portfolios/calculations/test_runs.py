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
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.prices import InMemoryPrices
from tests.support.fakes.store import InMemoryStore

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))


class Desk:
    """Ann's two portfolios, the first of which holds something, and a worker."""

    def __init__(self) -> None:
        position = a_position(SAVINGS)
        self.memory = InMemoryStore(
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
        held = ImmediateTransaction(self.memory)
        portfolios, runs = InMemoryPortfolios(self.memory), InMemoryCalculationRuns(self.memory)
        snapshots, self.queue = InMemorySnapshots(self.memory), InMemoryQueue(self.memory)
        self.start = StartCalculation(portfolios, runs, self.queue, self.clock, held)
        self.read = ReadCalculation(portfolios, runs, held)
        self.look = ReadSnapshot(portfolios, snapshots, held)
        self.calculate = Calculate(
            portfolios,
            InMemoryPositions(self.memory),
            InMemoryPrices(self.memory),
            runs,
            snapshots,
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
def desk() -> Desk:
    return Desk()


async def test_what_is_started_waits_for_a_worker(desk: Desk) -> None:
    run = await desk.started()

    [job] = await desk.queue.claim(9)
    assert (job.kind, job.arguments) == (JobKind.CALCULATE, (ANNS_ID, run.id))
    assert await desk.now(run) == run
    assert (run.status, run.steps, run.tries) == (RunStatus.RUNNING, 0, 0)


async def test_a_second_one_while_it_runs_is_refused_and_waits_for_nobody(desk: Desk) -> None:
    await desk.started()

    with pytest.raises(CalculationRunningError):
        await desk.started()

    assert len(await desk.queue.claim(9)) == 1
    assert (await desk.start(OTHER.id, by=ANNS_ID)).portfolio_id == OTHER.id


async def test_what_waits_in_an_operators_batch_is_ones_own_once_asked_for_and_goes_first(
    desk: Desk,
) -> None:
    waits = a_run(SAVINGS, triggered_by=BY_OPERATOR, batch=BatchId(uuid4()))
    desk.memory.runs[ANNS_ID, waits.id] = waits
    other = a_run(OTHER, triggered_by=BY_OPERATOR)
    for run in (other, waits):
        await desk.queue.put(JobKind.CALCULATE, [run.job_arguments], behind=True)
    desk.clock.advance(DAY)

    mine = await desk.started()
    jobs = [job.arguments for job in await desk.queue.claim(9)]
    with pytest.raises(CalculationRunningError):
        await desk.started()
    for subject in jobs:
        await desk.calculate(subject)

    assert mine == replace(waits, triggered_by="user", started_at=NOON + DAY)
    assert jobs == [mine.job_arguments, other.job_arguments, mine.job_arguments]
    assert (await desk.now(mine)).status is RunStatus.COMPLETED
    assert len(desk.memory.snapshots) == 1


async def test_what_a_worker_has_begun_of_an_operators_batch_is_running(desk: Desk) -> None:
    begun = a_run(SAVINGS, triggered_by=BY_OPERATOR, tries=1)
    desk.memory.runs[ANNS_ID, begun.id] = begun

    with pytest.raises(CalculationRunningError):
        await desk.started()


async def test_nobody_calculates_or_looks_at_what_is_anothers(desk: Desk) -> None:
    run = await desk.started()

    with pytest.raises(PortfolioNotFoundError):
        await desk.start(SAVINGS.id, by=BOBS_ID)
    with pytest.raises(PortfolioNotFoundError):
        await desk.read(SAVINGS.id, run.id, by=BOBS_ID)
    with pytest.raises(PortfolioNotFoundError):
        await desk.snapshot(by=BOBS_ID)


async def test_a_run_is_found_with_its_own_portfolio_alone(desk: Desk) -> None:
    run = await desk.started()

    with pytest.raises(CalculationNotFoundError):
        await desk.read(OTHER.id, run.id, by=ANNS_ID)


async def test_what_was_never_calculated_has_no_snapshot(desk: Desk) -> None:
    with pytest.raises(SnapshotNotFoundError):
        await desk.snapshot()


async def test_a_worker_ends_it_with_a_snapshot(desk: Desk) -> None:
    run = await desk.started()
    desk.clock.advance(MINUTE)

    await desk.calculate(run.job_arguments)

    done = await desk.now(run)
    assert (done.status, done.steps, done.tries) == (RunStatus.COMPLETED, 3, 1)
    assert done.elapsed(NOON + timedelta(days=9)) == MINUTE
    snapshot = await desk.snapshot()
    assert (snapshot.as_of, snapshot.calculated_at) == (TODAY, NOON + MINUTE)
    assert (snapshot.positions, snapshot.priced_at_entry, snapshot.history_days) == (1, 0, 100)
    assert snapshot.beta is not None
    assert (await desk.started()).id != run.id


async def test_doing_it_again_changes_nothing(desk: Desk) -> None:
    run = await desk.started()
    await desk.calculate(run.job_arguments)
    before = desk.memory.copy()
    desk.clock.advance(MINUTE)

    await desk.calculate(run.job_arguments)

    assert desk.memory == before
    assert not await desk.calculate.failed(run.job_arguments, "Too late.")
    assert desk.memory == before


async def test_a_failing_one_is_tried_three_times_and_says_why_it_failed(desk: Desk) -> None:
    run = await desk.started()
    known = desk.memory.runs[ANNS_ID, run.id]
    again = []

    for number in (1, 2, 3):
        desk.memory.runs[ANNS_ID, run.id] = replace(known, tries=number)
        again.append(await desk.calculate.failed(run.job_arguments, f"Broken\0 {number}"))
        known = await desk.now(run)

    assert again == [True, True, False]
    assert (known.status, known.error) == (RunStatus.FAILED, "Broken 3")
    with pytest.raises(SnapshotNotFoundError):
        await desk.snapshot()


async def test_one_its_worker_dies_of_ends_after_three_tries(desk: Desk) -> None:
    run = await desk.started()

    class DeathError(BaseException):
        """What no worker survives."""

    class Deadly(InMemoryPositions):
        async def all(self, *_: object) -> list[object]:  # type: ignore[override]
            raise DeathError

    deadly = replace(desk.calculate, positions=Deadly(desk.memory))
    for _ in range(3):
        with pytest.raises(DeathError):
            await deadly(run.job_arguments)
    await deadly(run.job_arguments)

    ended = await desk.now(run)
    assert (ended.status, ended.tries) == (RunStatus.FAILED, 3)
    assert ended.error == "The worker stopped in the middle of every attempt."


async def test_a_portfolio_deleted_meanwhile_ends_its_run(desk: Desk) -> None:
    run = await desk.started()
    desk.memory.portfolios[ANNS_ID, SAVINGS.id] = replace(SAVINGS, deleted_at=NOON)

    await desk.calculate(run.job_arguments)

    ended = desk.memory.runs[ANNS_ID, run.id]
    assert (ended.status, ended.error) == (RunStatus.FAILED, "The portfolio was deleted.")
    assert desk.memory.snapshots == {}


async def test_a_run_nobody_knows_is_passed_over(desk: Desk) -> None:
    await desk.calculate((ANNS_ID, SAVINGS.id))

    assert desk.memory.snapshots == {}


def test_a_book_without_prices_is_of_the_day_it_is_calculated() -> None:
    assert CalculationInput(SAVINGS.id, [], None, {}).priced_on is None
