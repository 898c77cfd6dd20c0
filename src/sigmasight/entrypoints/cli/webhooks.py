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
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import choice_option, limit_option
from sigmasight.entrypoints.cli.shared import FOUND, progress_bar, row, run_async

svix_id_argument = click.argument("svix_id", help="The id of the delivery: its svix-id header.")


@click.group(name="webhooks")
def webhooks_group() -> None:
    """List, replay, dismiss and prune Clerk's webhooks."""


@webhooks_group.command("list")
@choice_option("--outcome", DeliveryOutcome, "Only deliveries with this outcome.")
@limit_option(20, 1000)
@prints
def list_webhooks(outcome: str | None, limit: int, *, output: Output) -> None:
    """List the last deliveries, newest first."""

    async def find(scope: AsyncContainer) -> Sequence[InboxEntry]:
        webhooks = await scope.get(FindWebhooks)
        return await webhooks.latest(DeliveryOutcome(outcome) if outcome else None, limit)

    output.table(map(_row, run_async(find)), title="Webhooks")


@webhooks_group.command("show")
@svix_id_argument
@prints
def show_webhook(svix_id: str, *, output: Output) -> None:
    """Show one delivery with its body."""

    async def find(scope: AsyncContainer) -> InboxEntry:
        return await (await scope.get(FindWebhooks)).one(svix_id)

    entry = run_async(find)
    body = entry.delivery.body.decode(errors="replace")
    record = {**_row(entry), "attempted_at": entry.delivery.attempted_at, "body": body}
    output.record(record, title="Webhook")


@webhooks_group.command("replay")
@click.argument(
    "svix_ids", nargs=-1, required=True, metavar="SVIX_ID...", help="The ids of the deliveries."
)
@prints
def replay_webhooks(svix_ids: tuple[str, ...], *, output: Output) -> None:
    """Process deliveries again; the exit code is 1 if one still fails."""

    async def replay_all(scope: AsyncContainer) -> Sequence[InboxEntry]:
        webhooks, replay = await scope.get(FindWebhooks), await scope.get(ReplayWebhook)
        for svix_id in svix_ids:  # an unknown id is refused before any is replayed
            await webhooks.one(svix_id)
        return [await replay(svix_id) for svix_id in svix_ids]

    _print_replayed(output, run_async(replay_all))


@webhooks_group.command("replay-failed")
@prints
def replay_failed_webhooks(*, output: Output) -> None:
    """Process all failed deliveries again, oldest first; the exit code is 1 if one still fails."""

    async def replay_all(scope: AsyncContainer) -> Sequence[InboxEntry]:
        svix_ids = await (await scope.get(FindWebhooks)).failed()
        replay = await scope.get(ReplayWebhook)
        with progress_bar() as bar:
            return [
                await replay(svix_id) for svix_id in bar.track(svix_ids, description="Replaying …")
            ]

    _print_replayed(output, run_async(replay_all))


@webhooks_group.command("dismiss")
@svix_id_argument
@prints
def dismiss_webhook(svix_id: str, *, output: Output) -> None:
    """Leave a delivery that failed, or waits, as it is: /health is well again, the row stays."""

    async def dismiss(scope: AsyncContainer) -> InboxEntry:
        return await (await scope.get(DismissWebhook))(svix_id)

    output.record(_row(run_async(dismiss)), title="Dismissed")


@webhooks_group.command("prune")
@click.option(
    "--days",
    default=90,
    show_default=True,
    type=click.IntRange(2, 36_500),
    help="How old a delivery is at least, in days.",
)
@prints
def prune_webhooks(days: int, *, output: Output) -> None:
    """Delete deliveries older than that, except failed ones."""

    async def prune(scope: AsyncContainer) -> int:
        return await (await scope.get(PruneWebhooks))(timedelta(days=days))

    pruned = run_async(prune)
    output.result(
        f"Deleted: {count_noun(pruned, 'delivery', 'deliveries')} older than {days} days.",
        {"pruned": pruned},
    )


def _print_replayed(output: Output, entries: Sequence[InboxEntry]) -> None:
    output.table(map(_row, entries), title="Replayed")
    if any(entry.outcome is DeliveryOutcome.FAILED for entry in entries):
        sys.exit(FOUND)


def _row(entry: InboxEntry) -> dict[str, Any]:
    return {"svix_id": entry.delivery.id, **row(entry, "type", "outcome", "received_at", "error")}
