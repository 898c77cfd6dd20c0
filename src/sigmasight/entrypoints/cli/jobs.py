"""`sigmasight jobs`: what workers do, and doing it again or not at all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.maintenance.jobs import JobRecord, JobReference, JobStatus, ManageJobs
from sigmasight.entrypoints.cli.shared import (
    as_json,
    print_record,
    print_table,
    require_confirmation,
    row,
    run_async,
    yes,
)


@click.group(name="jobs")
def jobs_group() -> None:
    """List calculations and maintenance runs, retry and cancel them."""


@jobs_group.command("list")
@click.option("--status", type=click.Choice([each.value for each in JobStatus]))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def list_jobs(status: str | None, limit: int, *, as_json: bool) -> None:
    """List the last jobs, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[JobRecord]:
        jobs = await scope.get(ManageJobs)
        return await jobs.latest(JobStatus(status) if status else None, limit)

    print_table(
        map(_row, run_async(find)),
        title="Jobs",
        as_json=as_json,
        hidden={"user_id", "portfolio_id", "tries"},
    )


@jobs_group.command("show")
@click.argument("job", type=click.UUID)
@as_json
def show_job(job: UUID, *, as_json: bool) -> None:
    """Show one JOB."""

    async def find(scope: AsyncContainer) -> JobRecord:
        return await (await scope.get(ManageJobs)).one(JobReference(job))

    print_record(_row(run_async(find)), title="Job", as_json=as_json)


@jobs_group.command("retry")
@click.argument("job", type=click.UUID)
@as_json
def retry_job(job: UUID, *, as_json: bool) -> None:
    """Queue a JOB that failed again; a calculation becomes a new job."""

    async def retry(scope: AsyncContainer) -> JobRecord:
        return await (await scope.get(ManageJobs)).retry(JobReference(job))

    print_record(_row(run_async(retry)), title="Queued", as_json=as_json)


@jobs_group.command("cancel")
@click.argument("job", type=click.UUID)
@yes
@as_json
def cancel_job(job: UUID, *, yes: bool, as_json: bool) -> None:
    """End a JOB that waits or runs; what it has stored stays."""
    require_confirmation(f"This cancels job {job}.", given=yes)

    async def cancel(scope: AsyncContainer) -> JobRecord:
        return await (await scope.get(ManageJobs)).cancel(JobReference(job))

    print_record(_row(run_async(cancel)), title="Canceled", as_json=as_json)


def _row(job: JobRecord) -> dict[str, Any]:
    return row(
        job,
        *("id", "kind", "status", "requested", "user_id", "portfolio_id", "tries"),
        *("created_at", "finished_at", "error"),
    )
