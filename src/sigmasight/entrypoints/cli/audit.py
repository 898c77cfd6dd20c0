"""`sigmasight audit`: who did what to whom, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.audit import AuditAction, AuditEntry, AuditFilter, ReadAuditTrail
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import choice_option, limit_option
from sigmasight.entrypoints.cli.shared import row, run_async


@click.group(name="audit")
def audit_group() -> None:
    """Read the audit trail, which nobody can change."""


@audit_group.command("list")
@click.option("--actor", help="Who acted: an account id, clerk, command:user@host or system.")
@choice_option("--action", AuditAction, "Only what was done in this way.")
@click.option("--subject", help="The id of the user, webhook or job it was done to.")
@click.option("--since", type=click.DateTime(), help="Only from this instant on, in UTC.")
@click.option("--before", type=click.IntRange(1), help="Only entries before this number.")
@limit_option(50)
@prints
def list_audit(  # noqa: PLR0913  one for each filter
    *,
    actor: str | None,
    action: str | None,
    subject: str | None,
    since: datetime | None,
    before: int | None,
    limit: int,
    output: Output,
) -> None:
    """List who did what to whom, and when, newest first."""
    wanted = AuditFilter(
        actor=actor,
        action=AuditAction(action) if action else None,
        subject=subject,
        since=since and since.replace(tzinfo=UTC),
        before=before,
    )

    async def read(scope: AsyncContainer) -> Sequence[AuditEntry]:
        return await (await scope.get(ReadAuditTrail))(wanted, limit)

    entries = run_async(read)
    output.table(map(_row, entries), title="Audit")
    if len(entries) == limit:
        output.note(f"For older entries: --before {entries[-1].number}")


def _row(entry: AuditEntry) -> dict[str, Any]:
    return row(entry, "number", "at", "actor", "action", "subject", "details")
