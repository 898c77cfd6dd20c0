"""Jobs as operators see them: calculations and maintenance runs, waiting, running or ended."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.jobs import JobKind, JobQueue
from sigmasight.domain.kernel import (
    Clock,
    ConflictError,
    NotFoundError,
    Transaction,
    UserId,
    atomic,
)
from sigmasight.domain.maintenance.model import (
    MaintenanceRunId,
    MaintenanceRuns,
    MaintenanceStatus,
)
from sigmasight.domain.portfolios.calculations.runs import (
    BY_OPERATOR,
    CalculationRuns,
    StartCalculation,
)
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from sigmasight.domain.portfolios.portfolio import PortfolioId

JobReference = NewType("JobReference", UUID)
CANCELED: Final = "An operator has canceled it."


class JobNotFoundError(NotFoundError):
    code = "operator_job_not_found"

    def __init__(self, job: JobReference) -> None:
        super().__init__(f"There is no job {job}.")


class JobStateError(ConflictError):
    """The job is not in the state that this needs."""

    code = "job_state"


class JobStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    id: JobReference
    kind: JobKind
    status: JobStatus
    user_id: UserId
    """Whose portfolio is calculated, or which operator asked for maintenance."""
    portfolio_id: PortfolioId | None
    requested: str
    """Who asked for a calculation, or which task it is."""
    tries: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class JobRecords(Protocol):
    """All jobs, of whatever kind."""

    @abstractmethod
    async def latest(self, status: JobStatus | None, limit: int) -> Sequence[JobRecord]:
        """Return the latest jobs, newest first."""

    @abstractmethod
    async def find(self, job: JobReference) -> JobRecord | None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ManageJobs:
    """Find jobs, retry those that failed, and cancel those under way, by an operator."""

    records: JobRecords
    start_calculation: StartCalculation
    runs: CalculationRuns
    maintenance_runs: MaintenanceRuns
    queue: JobQueue
    audit: Audit
    clock: Clock
    transaction: Transaction

    @atomic
    async def latest(self, status: JobStatus | None, limit: int) -> Sequence[JobRecord]:
        return await self.records.latest(status, limit)

    @atomic
    async def one(self, job: JobReference) -> JobRecord:
        """Raise JobNotFoundError."""
        return await self._find(job)

    @atomic
    async def retry(self, job: JobReference) -> JobRecord:
        """Queue a failed job again, and return it: a calculation is a new job.

        Raise JobNotFoundError, JobStateError, PortfolioNotFoundError or CalculationRunningError.
        """
        known = await self._find(job)
        if known.status is not JobStatus.FAILED:
            raise JobStateError(f"The job is {known.status.value}: only a failed one is retried.")
        if known.kind is JobKind.CALCULATE and known.portfolio_id:
            run = await self.start_calculation.start(
                known.portfolio_id, by=known.user_id, triggered_by=BY_OPERATOR
            )
            retried = JobReference(run.id)
        else:
            await self._resume(MaintenanceRunId(job))
            retried = job
        await self.audit(AuditAction.JOB_RETRIED, job, new_job=str(retried))
        return await self._find(retried)

    async def _resume(self, job: MaintenanceRunId) -> None:
        report = await self.maintenance_runs.find(job)
        if report is None:
            raise JobNotFoundError(JobReference(job))
        run = replace(
            report.run, status=MaintenanceStatus.RUNNING, tries=0, completed_at=None, error=None
        )
        await self.maintenance_runs.put(run)
        await self.queue.put(JobKind.MAINTENANCE, [run.job_arguments], low_priority=False)

    @atomic
    async def cancel(self, job: JobReference) -> JobRecord:
        """End a job that waits or runs; what it has stored stays, as do calculations it started.

        Raise JobNotFoundError, or JobStateError.
        """
        known = await self._find(job)
        now = self.clock.now()
        if known.kind is JobKind.CALCULATE:
            calculation = await self.runs.claim(known.user_id, RunId(job))
            if calculation:
                await self.runs.put(calculation.failed(now, CANCELED))
            is_canceled = calculation is not None
        else:
            maintenance = await self.maintenance_runs.claim(MaintenanceRunId(job))
            if maintenance:
                await self.maintenance_runs.put(maintenance.failed(now, CANCELED))
            is_canceled = maintenance is not None
        if not is_canceled:
            raise JobStateError(f"The job is {known.status.value}: there is nothing to cancel.")
        await self.audit(AuditAction.JOB_CANCELED, job)
        return await self._find(job)

    async def _find(self, job: JobReference) -> JobRecord:
        found = await self.records.find(job)
        if found is None:
            raise JobNotFoundError(job)
        return found
