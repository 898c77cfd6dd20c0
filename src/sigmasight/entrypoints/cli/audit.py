"""`sigmasight audit`: who did what to whom, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.audit import AuditAction, AuditEntry, AuditFilter, ReadAuditTrail
from sigmasight.entrypoints.cli.shared import as_json, print_message, print_table, row, run_async


@click.group(name="audit")
def audit_group() -> None:
    """Read the audit trail, which nobody can change."""


@audit_group.command("list")
@click.option("--actor", help="Who acted: an account id, clerk, command:user@host or system.")
@click.option("--action", type=click.Choice([each.value for each in AuditAction]))
@click.option("--subject", help="The id of the user, webhook or job it was done to.")
@click.option("--since", type=click.DateTime(), help="Only from this instant on, in UTC.")
@click.option("--before", type=click.IntRange(1), help="Only entries before this number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def list_audit(  # noqa: PLR0913  one for each filter
    *,
    actor: str | None,
    action: str | None,
    subject: str | None,
    since: datetime | None,
    before: int | None,
    limit: int,
    as_json: bool,
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
    print_table((_row(entry, as_json=as_json) for entry in entries), title="Audit", as_json=as_json)
    if len(entries) == limit and not as_json:
        print_message(f"For older entries: --before {entries[-1].number}")


def _row(entry: AuditEntry, *, as_json: bool) -> dict[str, Any]:
    details = entry.details
    text = " ".join(f"{name}={value}" for name, value in details.items())
    return {
        **row(entry, "number", "at", "actor", "action", "subject"),
        "details": details if as_json else text,
    }
