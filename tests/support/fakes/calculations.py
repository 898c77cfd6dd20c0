"""Calculations, the queue of jobs and what was found, in memory."""

from collections.abc import Sequence
from datetime import datetime

from sigmasight.domain.jobs import Job, JobArguments, JobId, JobKind, JobQueue, Jobs
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult, FactorResults
from sigmasight.domain.portfolios.calculations.runs import (
    CalculationRun,
    CalculationRuns,
    RunStatus,
)
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshot, Snapshots
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.fakes.store import InMemoryStore


class InMemoryCalculationRuns(CalculationRuns):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def start(self, runs: Sequence[CalculationRun]) -> Sequence[CalculationRun]:
        started = []
        for run in runs:
            known = [each for each in self._store.runs.values() if each.status is RunStatus.RUNNING]
            if run.portfolio_id not in {each.portfolio_id for each in known}:
                await self.put(run)
                started.append(run)
        return started

    async def find(self, user: UserId, run: RunId) -> CalculationRun | None:
        return self._store.runs.get((user, run))

    async def latest(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        runs = self._store.runs.values()
        found = [run for run in runs if (run.user_id, run.portfolio_id) == (user, portfolio)]
        return max(found, key=lambda run: (run.started_at, run.id), default=None)

    async def claim(self, user: UserId, run: RunId) -> CalculationRun | None:
        known = self._store.runs.get((user, run))
        return known if known and known.status is RunStatus.RUNNING else None

    async def claim_running(self, user: UserId, portfolio: PortfolioId) -> CalculationRun | None:
        running = [run for run in self._store.runs.values() if run.status is RunStatus.RUNNING]
        found = (run for run in running if (run.user_id, run.portfolio_id) == (user, portfolio))
        return next(found, None)

    async def fail_orphaned(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, at: datetime, reason: str
    ) -> int:
        jobs = self._store.jobs.values()
        queued = {job.arguments for job in jobs if job.kind is JobKind.CALCULATE}
        stuck = [
            run
            for run in self._store.runs.values()
            if (run.user_id, run.portfolio_id) in portfolios
            and run.status is RunStatus.RUNNING
            and run.job_arguments not in queued
        ]
        for run in stuck:
            await self.put(run.ended(RunStatus.FAILED, at, reason))
        return len(stuck)

    async def put(self, run: CalculationRun) -> None:
        self._store.runs[run.user_id, run.id] = run


class InMemorySnapshots(Snapshots):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, user: UserId, run: RunId, snapshot: Snapshot) -> None:
        self._store.snapshots.setdefault((user, snapshot.portfolio_id, run), snapshot)

    async def latest(self, user: UserId, portfolio: PortfolioId) -> Snapshot | None:
        found = [
            snapshot
            for (owner, of, _), snapshot in self._store.snapshots.items()
            if (owner, of) == (user, portfolio)
        ]
        return max(found, key=lambda snapshot: snapshot.calculated_at, default=None)

    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime, limit: int
    ) -> int:
        cleared = [
            key
            for key, snapshot in self._store.snapshots.items()
            if key[:2] in portfolios and snapshot.calculated_at <= until
        ][:limit]
        for key in cleared:
            del self._store.snapshots[key]
        return len(cleared)


class InMemoryFactorResults(FactorResults):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, result: FactorResult) -> None:
        self._store.factors[result.user_id, result.portfolio_id] = result

    async def latest(
        self, user: UserId, portfolios: Sequence[PortfolioId]
    ) -> Sequence[FactorResult]:
        known = self._store.factors
        return [known[user, each] for each in portfolios if (user, each) in known]

    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime
    ) -> None:
        for key in portfolios:
            known = self._store.factors.get(key)
            if known and known.calculated_at <= until:
                del self._store.factors[key]


class InMemoryQueue(JobQueue, Jobs):
    """Both ends; what was taken and not finished can be taken again at once."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(
        self, kind: JobKind, subjects: Sequence[JobArguments], *, low_priority: bool
    ) -> None:
        for subject in subjects:
            number = JobId(max((each.id for each in self._store.jobs.values()), default=0) + 1)
            self._store.jobs[low_priority, number] = Job(number, kind, subject)

    async def claim(self, limit: int) -> Sequence[Job]:
        return [self._store.jobs[place] for place in sorted(self._store.jobs)[:limit]]

    async def heartbeat(self, jobs: Sequence[Job]) -> None:
        pass

    async def requeue(self, job: Job) -> None:
        pass

    async def finish(self, job: Job) -> None:
        for behind in (False, True):
            self._store.jobs.pop((behind, job.id), None)

    async def prune(self) -> None:
        pass
