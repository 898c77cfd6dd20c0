"""What operators do with jobs."""

from uuid import UUID

import pytest

from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.jobs import JobKind
from sigmasight.domain.maintenance.jobs import (
    CANCELED,
    JobNotFoundError,
    JobReference,
    JobStateError,
    JobStatus,
    ManageJobs,
)
from sigmasight.domain.maintenance.model import MaintenanceTask
from sigmasight.domain.portfolios.calculations.runs import CalculationRunningError, StartCalculation
from tests.support.builders.users import ANNS_ID
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.calculations import InMemoryCalculationRuns
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.maintenance import InMemoryJobRecords, InMemoryMaintenanceRuns
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.unit.domain.maintenance.maintenance_workspace import OPERATOR, MaintenanceWorkspace


class JobsWorkspace(MaintenanceWorkspace):
    def __init__(self) -> None:
        super().__init__(portfolios=1)
        store, transaction = self.store, ImmediateTransaction(self.store)
        runs = InMemoryCalculationRuns(store)
        self.start_calculation = StartCalculation(
            InMemoryPortfolios(store), runs, self.queue, self.clock, transaction
        )
        self.manage = ManageJobs(
            InMemoryJobRecords(store),
            self.start_calculation,
            runs,
            InMemoryMaintenanceRuns(store),
            self.queue,
            Audit(InMemoryAuditTrail(store), self.clock),
            self.clock,
            transaction,
        )

    async def calculation(self) -> JobReference:
        """Start a calculation of Ann's portfolio."""
        run = await self.start_calculation(self.portfolios[0].id, by=ANNS_ID)
        return JobReference(run.id)

    @property
    def actions(self) -> list[AuditAction]:
        return [entry.action for entry in self.store.audit.values()]


async def test_a_waiting_calculation_is_canceled_once_and_then_retried_as_a_new_job() -> None:
    workspace = JobsWorkspace()
    job = await workspace.calculation()

    canceled = await workspace.manage.cancel(job)
    with pytest.raises(JobStateError):
        await workspace.manage.cancel(job)
    retried = await workspace.manage.retry(job)

    assert (canceled.status, canceled.error) == (JobStatus.FAILED, CANCELED)
    assert retried.id != job
    assert (retried.kind, retried.status, retried.user_id) == (
        JobKind.CALCULATE,
        JobStatus.PENDING,
        ANNS_ID,
    )
    assert workspace.actions == [AuditAction.JOB_CANCELED, AuditAction.JOB_RETRIED]


async def test_maintenance_is_canceled_and_resumed_where_it_was() -> None:
    workspace = JobsWorkspace()
    run = await workspace.start(MaintenanceTask.FIX_ALL, by=OPERATOR)
    job = JobReference(run.id)

    canceled = await workspace.manage.cancel(job)
    resumed = await workspace.manage.retry(job)

    assert (canceled.status, canceled.error) == (JobStatus.FAILED, CANCELED)
    assert (resumed.id, resumed.status, resumed.error) == (job, JobStatus.RUNNING, None)


async def test_only_what_failed_is_retried() -> None:
    workspace = JobsWorkspace()
    job = await workspace.calculation()

    with pytest.raises(JobStateError, match="pending"):
        await workspace.manage.retry(job)

    assert workspace.actions == []


async def test_a_portfolio_that_is_calculated_meanwhile_is_not_calculated_twice() -> None:
    workspace = JobsWorkspace()
    job = await workspace.calculation()
    await workspace.manage.cancel(job)
    await workspace.calculation()

    with pytest.raises(CalculationRunningError):
        await workspace.manage.retry(job)


async def test_an_unknown_job_is_refused() -> None:
    manage = JobsWorkspace().manage
    nothing = JobReference(UUID(int=99))

    for act in (manage.one, manage.retry, manage.cancel):
        with pytest.raises(JobNotFoundError):
            await act(nothing)
