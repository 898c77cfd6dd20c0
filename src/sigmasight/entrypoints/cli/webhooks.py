"""`sigmasight webhooks`: list, replay, dismiss and prune Clerk's webhooks."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, InboxEntry
from sigmasight.domain.clerk_events.use_cases import (
    DismissWebhook,
    FindWebhooks,
    PruneWebhooks,
    ReplayWebhook,
)
from sigmasight.domain.kernel import count_noun
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    as_json,
    print_json,
    print_message,
    print_record,
    print_table,
    progress_bar,
    row,
    run_async,
)


@click.group(name="webhooks")
def webhooks_group() -> None:
    """List, replay, dismiss and prune Clerk's webhooks."""


@webhooks_group.command("list")
@click.option("--outcome", type=click.Choice([each.value for each in DeliveryOutcome]))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@as_json
def list_webhooks(outcome: str | None, limit: int, *, as_json: bool) -> None:
    """List the last deliveries, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[InboxEntry]:
        webhooks = await scope.get(FindWebhooks)
        return await webhooks.latest(DeliveryOutcome(outcome) if outcome else None, limit)

    print_table(map(_row, run_async(find)), title="Webhooks", as_json=as_json)


@webhooks_group.command("show")
@click.argument("svix_id")
@as_json
def show_webhook(svix_id: str, *, as_json: bool) -> None:
    """Show one delivery with its body."""

    async def find(scope: AsyncContainer) -> InboxEntry:
        return await (await scope.get(FindWebhooks)).one(svix_id)

    entry = run_async(find)
    body = entry.delivery.body.decode(errors="replace")
    record = {**_row(entry), "attempted_at": entry.delivery.attempted_at, "body": body}
    print_record(record, title="Webhook", as_json=as_json)


@webhooks_group.command("replay")
@click.argument("svix_ids", nargs=-1, required=True, metavar="SVIX_ID...")
@as_json
def replay_webhooks(svix_ids: tuple[str, ...], *, as_json: bool) -> None:
    """Process deliveries again; the exit code is 1 if one still fails."""

    async def replay_all(scope: AsyncContainer) -> Sequence[InboxEntry]:
        webhooks, replay = await scope.get(FindWebhooks), await scope.get(ReplayWebhook)
        for svix_id in svix_ids:  # an unknown id is refused before any is replayed
            await webhooks.one(svix_id)
        return [await replay(svix_id) for svix_id in svix_ids]

    _print_replayed(run_async(replay_all), as_json=as_json)


@webhooks_group.command("replay-failed")
@as_json
def replay_failed_webhooks(*, as_json: bool) -> None:
    """Process all failed deliveries again, oldest first; the exit code is 1 if one still fails."""

    async def replay_all(scope: AsyncContainer) -> Sequence[InboxEntry]:
        svix_ids = await (await scope.get(FindWebhooks)).failed()
        replay = await scope.get(ReplayWebhook)
        with progress_bar() as bar:
            return [
                await replay(svix_id) for svix_id in bar.track(svix_ids, description="Replaying …")
            ]

    _print_replayed(run_async(replay_all), as_json=as_json)


@webhooks_group.command("dismiss")
@click.argument("svix_id")
@as_json
def dismiss_webhook(svix_id: str, *, as_json: bool) -> None:
    """Leave a delivery that failed, or waits, as it is: /health is well again, the row stays."""

    async def dismiss(scope: AsyncContainer) -> InboxEntry:
        return await (await scope.get(DismissWebhook))(svix_id)

    print_record(_row(run_async(dismiss)), title="Dismissed", as_json=as_json)


@webhooks_group.command("prune")
@click.option("--days", default=90, show_default=True, type=click.IntRange(2, 36_500))
@as_json
def prune_webhooks(days: int, *, as_json: bool) -> None:
    """Delete deliveries older than that, except failed ones."""

    async def prune(scope: AsyncContainer) -> int:
        return await (await scope.get(PruneWebhooks))(timedelta(days=days))

    pruned = run_async(prune)
    if as_json:
        print_json({"pruned": pruned})
    else:
        print_message(
            f"Deleted: {count_noun(pruned, 'delivery', 'deliveries')} older than {days} days."
        )


def _print_replayed(entrys: Sequence[InboxEntry], *, as_json: bool) -> None:
    print_table(map(_row, entrys), title="Replayed", as_json=as_json)
    if any(entry.outcome is DeliveryOutcome.FAILED for entry in entrys):
        sys.exit(FOUND)


def _row(entry: InboxEntry) -> dict[str, Any]:
    return {"svix_id": entry.delivery.id, **row(entry, "type", "outcome", "received_at", "error")}
