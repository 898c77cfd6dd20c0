"""`sigmasight retention`: which records have expired, and deleting them."""

from collections.abc import Mapping, Sequence

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.kernel import count_noun
from sigmasight.domain.maintenance.retention import (
    STEP,
    ApplyRetention,
    RecordKind,
    RetentionReport,
)
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import yes
from sigmasight.entrypoints.cli.shared import progress_bar, require_confirmation, row, run_async


@click.group(name="retention")
def retention_group() -> None:
    """Show which records have expired, and delete them; workers do so every six hours."""


@retention_group.command("show")
@prints
def show_expired(*, output: Output) -> None:
    """Show, for each kind of record, what has expired and would be deleted."""
    rows = (row(report, *report._fields) for report in _expired())
    output.table(rows, title="Expired records")


@retention_group.command("apply")
@yes
@prints
def delete_expired(*, yes: bool, output: Output) -> None:
    """Delete what has expired now, a thousand records at a time."""
    expired = {report.kind: report.expired for report in _expired()}
    count = sum(expired.values())
    if count:
        require_confirmation(f"Delete {count_noun(count, 'expired record')}?", given=yes)
    deleted = run_async(lambda scope: _delete(scope, expired))
    output.table(
        ({"kind": kind, "deleted": number} for kind, number in deleted.items()), title="Deleted"
    )


def _expired() -> Sequence[RetentionReport]:
    async def report(scope: AsyncContainer) -> Sequence[RetentionReport]:
        return await (await scope.get(ApplyRetention)).report()

    return run_async(report)


async def _delete(
    scope: AsyncContainer, expired: Mapping[RecordKind, int]
) -> Mapping[RecordKind, int]:
    retention = await scope.get(ApplyRetention)
    deleted = dict.fromkeys(RecordKind, 0)
    with progress_bar() as progress:
        for kind, count in expired.items():
            task = progress.add_task(f"Deleting {kind.value}", total=count)
            step = STEP
            while step == STEP:
                step = await retention.step(kind)
                deleted[kind] += step
                progress.advance(task, step)
    return deleted
