"""`sigmasight fixes`: maintenance runs that operators started over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.maintenance.model import MaintenanceCounts, MaintenanceReport
from sigmasight.domain.maintenance.use_cases import ReadMaintenanceRuns
from sigmasight.entrypoints.cli.shared import as_json, print_table, run_async


@click.group(name="fixes")
def fixes_group() -> None:
    """List the maintenance runs started under /admin/fix."""


@fixes_group.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@as_json
def list_fixes(limit: int, *, as_json: bool) -> None:
    """List the last maintenance runs, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[MaintenanceReport]:
        return await (await scope.get(ReadMaintenanceRuns)).latest(limit)

    print_table(
        map(_row, run_async(find)),
        title="Fixes",
        as_json=as_json,
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
