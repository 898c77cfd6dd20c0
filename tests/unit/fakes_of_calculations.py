"""Calculations, their queue and what they found, in memory."""

from collections.abc import Sequence

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.runs import (
    CalculationQueue,
    CalculationRun,
    CalculationRuns,
    Job,
    JobId,
    Jobs,
    RunStatus,
)
from sigmasight.domain.portfolios.snapshots import RunId, Snapshot, Snapshots
from tests.unit.fakes import Memory


class InMemoryCalculationRuns(CalculationRuns):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def start(self, run: CalculationRun) -> bool:
        for other in self._memory.runs.values():
            if other.portfolio_id == run.portfolio_id and other.status is RunStatus.RUNNING:
                return False
        await self.put(run)
        return True

    async def find(self, user: UserId, run: RunId) -> CalculationRun | None:
        return self._memory.runs.get((user, run))

    async def claim(self, user: UserId, run: RunId) -> CalculationRun | None:
        known = self._memory.runs.get((user, run))
        return known if known and known.status is RunStatus.RUNNING else None

    async def put(self, run: CalculationRun) -> None:
        self._memory.runs[run.user_id, run.id] = run


class InMemorySnapshots(Snapshots):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, user: UserId, run: RunId, snapshot: Snapshot) -> None:
        self._memory.snapshots.setdefault((user, snapshot.portfolio_id, run), snapshot)

    async def latest(self, user: UserId, portfolio: PortfolioId) -> Snapshot | None:
        found = [
            snapshot
            for (owner, of, _), snapshot in self._memory.snapshots.items()
            if (owner, of) == (user, portfolio)
        ]
        return max(found, key=lambda snapshot: snapshot.calculated_at, default=None)


class InMemoryQueue(CalculationQueue, Jobs):
    """Both ends; what was taken and not finished can be taken again at once."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def put(self, user: UserId, run: RunId) -> None:
        number = JobId(len(self._memory.jobs) + 1)
        self._memory.jobs[number] = Job(number, user, run)

    async def take(self, limit: int) -> Sequence[Job]:
        return list(self._memory.jobs.values())[:limit]

    async def hold(self, jobs: Sequence[Job]) -> None:
        pass

    async def finish(self, job: Job) -> None:
        self._memory.jobs.pop(job.id, None)

    async def prune(self) -> None:
        pass
