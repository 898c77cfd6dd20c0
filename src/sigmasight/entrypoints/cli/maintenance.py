"""`sigmasight fixes`: maintenance runs that operators started over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.maintenance.model import MaintenanceCounts, MaintenanceReport
from sigmasight.domain.maintenance.use_cases import ReadMaintenanceRuns
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import limit_option
from sigmasight.entrypoints.cli.shared import run_async


@click.group(name="fixes")
def fixes_group() -> None:
    """List the maintenance runs started under /admin/fix."""


@fixes_group.command("list")
@limit_option(20, 1000)
@prints
def list_fixes(limit: int, *, output: Output) -> None:
    """List the last maintenance runs, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[MaintenanceReport]:
        return await (await scope.get(ReadMaintenanceRuns)).latest(limit)

    output.table(
        map(_row, run_async(find)),
        title="Fixes",
        hidden={"started_at", *(each.name for each in fields(MaintenanceCounts))},
    )


def _row(report: MaintenanceReport) -> dict[str, Any]:
    fix = report.run
    return {
        "job_id": str(fix.id),
        "task": fix.task.value,
        "portfolio_id": str(fix.portfolio.id) if fix.portfolio else None,
        "requested_by": report.requested_by,
        "created_at": fix.created_at,
        "status": report.status.value,
        "progress": f"{report.current} of {report.total}",
        "started_at": fix.started_at,
        "completed_at": report.completed_at,
        **asdict(fix.counts),
        "calculations_completed": report.batch.completed,
        "calculations_failed": report.batch.failed,
        "error": fix.error,
    }
