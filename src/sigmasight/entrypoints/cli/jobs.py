"""`sigmasight jobs`: what workers do, and doing it again or not at all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.maintenance.jobs import JobRecord, JobReference, JobStatus, ManageJobs
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import choice_option, limit_option, yes
from sigmasight.entrypoints.cli.shared import require_confirmation, row, run_async

job_argument = click.argument("job", type=click.UUID, help="The job's id.")


@click.group(name="jobs")
def jobs_group() -> None:
    """List calculations and maintenance runs, retry and cancel them."""


@jobs_group.command("list")
@choice_option("--status", JobStatus, "Only jobs in this state.")
@limit_option(20)
@prints
def list_jobs(status: str | None, limit: int, *, output: Output) -> None:
    """List the last jobs, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[JobRecord]:
        jobs = await scope.get(ManageJobs)
        return await jobs.latest(JobStatus(status) if status else None, limit)

    output.table(
        map(_row, run_async(find)),
        title="Jobs",
        hidden={"user_id", "portfolio_id", "tries"},
    )


@jobs_group.command("show")
@job_argument
@prints
def show_job(job: UUID, *, output: Output) -> None:
    """Show one JOB."""

    async def find(scope: AsyncContainer) -> JobRecord:
        return await (await scope.get(ManageJobs)).one(JobReference(job))

    output.record(_row(run_async(find)), title="Job")


@jobs_group.command("retry")
@job_argument
@prints
def retry_job(job: UUID, *, output: Output) -> None:
    """Queue a JOB that failed again; a calculation becomes a new job."""

    async def retry(scope: AsyncContainer) -> JobRecord:
        return await (await scope.get(ManageJobs)).retry(JobReference(job))

    output.record(_row(run_async(retry)), title="Queued")


@jobs_group.command("cancel")
@job_argument
@yes
@prints
def cancel_job(job: UUID, *, yes: bool, output: Output) -> None:
    """End a JOB that waits or runs; what it has stored stays."""
    require_confirmation(f"This cancels job {job}.", given=yes)

    async def cancel(scope: AsyncContainer) -> JobRecord:
        return await (await scope.get(ManageJobs)).cancel(JobReference(job))

    output.record(_row(run_async(cancel)), title="Canceled")


def _row(job: JobRecord) -> dict[str, Any]:
    return row(
        job,
        *("id", "kind", "status", "requested", "user_id", "portfolio_id", "tries"),
        *("created_at", "finished_at", "error"),
    )
