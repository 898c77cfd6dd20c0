"""Maintenance runs, and the portfolios of all users, in memory."""

from collections.abc import Iterator, Sequence

from sigmasight.domain.jobs import JobKind
from sigmasight.domain.maintenance.jobs import JobRecord, JobRecords, JobReference, JobStatus
from sigmasight.domain.maintenance.model import (
    UNDER_WAY,
    AllPortfolios,
    BatchProgress,
    MaintenanceReport,
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceRuns,
    OwnedPortfolio,
)
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.fakes.store import InMemoryStore


class InMemoryMaintenanceRuns(MaintenanceRuns):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, fix: MaintenanceRun) -> None:
        await self.put(fix)

    async def claim(self, fix: MaintenanceRunId) -> MaintenanceRun | None:
        known = self._store.fixes.get(fix)
        return known if known and known.status in UNDER_WAY else None

    async def put(self, fix: MaintenanceRun) -> None:
        self._store.fixes[fix.id] = fix

    async def find(self, fix: MaintenanceRunId) -> MaintenanceReport | None:
        known = self._store.fixes.get(fix)
        return self._report(known) if known else None

    async def latest(self, limit: int) -> Sequence[MaintenanceReport]:
        newest = sorted(self._store.fixes.values(), key=lambda fix: fix.created_at, reverse=True)
        return [self._report(fix) for fix in newest[:limit]]

    def _report(self, fix: MaintenanceRun) -> MaintenanceReport:
        runs = [run for run in self._store.runs.values() if run.batch == fix.batch]
        counts = {each.value: sum(run.status is each for run in runs) for each in RunStatus}
        last = max((run.finished_at for run in runs if run.finished_at), default=None)
        asked = self._store.users[fix.requested_by].email
        return MaintenanceReport(fix, BatchProgress(**counts, last_finished_at=last), asked)


class InMemoryAllPortfolios(AllPortfolios):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def count(self) -> int:
        return len(self._there_are())

    async def find(self, portfolio: PortfolioId) -> OwnedPortfolio | None:
        return next((each for each in self._there_are() if each.id == portfolio), None)

    async def page(self, after: OwnedPortfolio | None, limit: int) -> Sequence[OwnedPortfolio]:
        return [each for each in self._there_are() if after is None or each > after][:limit]

    def _there_are(self) -> Sequence[OwnedPortfolio]:
        held = self._store.portfolios.values()
        return sorted(OwnedPortfolio(each.user_id, each.id) for each in held if not each.deleted_at)


class InMemoryJobRecords(JobRecords):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def latest(self, status: JobStatus | None, limit: int) -> Sequence[JobRecord]:
        found = [each for each in self._all() if status in {None, each.status}]
        return sorted(found, key=lambda job: (-job.created_at.timestamp(), job.id))[:limit]

    async def find(self, job: JobReference) -> JobRecord | None:
        return next((each for each in self._all() if each.id == job), None)

    def _all(self) -> Iterator[JobRecord]:
        for run in self._store.runs.values():
            waits = run.status is RunStatus.RUNNING and not run.tries
            yield JobRecord(
                id=JobReference(run.id),
                kind=JobKind.CALCULATE,
                status=JobStatus.PENDING if waits else JobStatus(run.status.value),
                user_id=run.user_id,
                portfolio_id=run.portfolio_id,
                requested=run.triggered_by,
                tries=run.tries,
                error=run.error,
                created_at=run.started_at,
                finished_at=run.finished_at,
            )
        for fix in self._store.fixes.values():
            yield JobRecord(
                id=JobReference(fix.id),
                kind=JobKind.MAINTENANCE,
                status=JobStatus(fix.status.value),
                user_id=fix.requested_by,
                portfolio_id=fix.portfolio.id if fix.portfolio else None,
                requested=fix.task.value,
                tries=fix.tries,
                error=fix.error,
                created_at=fix.created_at,
                finished_at=fix.completed_at,
            )
