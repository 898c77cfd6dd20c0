"""`sigmasight webhooks`: what Clerk sent, and taking in again what failed."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, InboxEntry
from sigmasight.domain.clerk_events.use_cases import FindWebhooks, PruneWebhooks, ReplayWebhook
from sigmasight.domain.kernel import count_noun
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    as_json,
    print_json,
    print_message,
    print_record,
    print_table,
    progress_bar,
    run_async,
)


@click.group(name="webhooks")
def webhooks_group() -> None:
    """Look at Clerk's webhooks, and take in again what failed."""


@webhooks_group.command("list")
@click.option("--outcome", type=click.Choice([each.value for each in DeliveryOutcome]))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@as_json
def list_webhooks(outcome: str | None, limit: int, *, as_json: bool) -> None:
    """Show the deliveries that came last, the newest first."""

    async def look(scope: AsyncContainer) -> Sequence[InboxEntry]:
        webhooks = await scope.get(FindWebhooks)
        return await webhooks.latest(DeliveryOutcome(outcome) if outcome else None, limit)

    print_table(map(_row, run_async(look)), title="Webhooks", as_json=as_json)


@webhooks_group.command("show")
@click.argument("svix_id")
@as_json
def show_webhook(svix_id: str, *, as_json: bool) -> None:
    """Show one delivery with its body."""

    async def look(scope: AsyncContainer) -> InboxEntry:
        return await (await scope.get(FindWebhooks)).one(svix_id)

    receipt = run_async(look)
    body = receipt.delivery.body.decode(errors="replace")
    row = {**_row(receipt), "attempted_at": receipt.delivery.attempted_at, "body": body}
    print_record(row, title="Webhook", as_json=as_json)


@webhooks_group.command("replay")
@click.argument("svix_ids", nargs=-1, required=True, metavar="SVIX_ID...")
@as_json
def replay_webhooks(svix_ids: tuple[str, ...], *, as_json: bool) -> None:
    """Take deliveries in again; ends with 1 if one still fails."""

    async def replay(scope: AsyncContainer) -> Sequence[InboxEntry]:
        kept, again = await scope.get(FindWebhooks), await scope.get(ReplayWebhook)
        for svix_id in svix_ids:  # a wrong id is refused before any is replayed
            await kept.one(svix_id)
        return [await again(svix_id) for svix_id in svix_ids]

    _tell(run_async(replay), as_json=as_json)


@webhooks_group.command("replay-failed")
@as_json
def replay_failed_webhooks(*, as_json: bool) -> None:
    """Take in again all that failed, in the order they came; ends with 1 if one still fails."""

    async def replay(scope: AsyncContainer) -> Sequence[InboxEntry]:
        svix_ids = await (await scope.get(FindWebhooks)).failed()
        replay = await scope.get(ReplayWebhook)
        with progress_bar() as bar:
            return [
                await replay(svix_id) for svix_id in bar.track(svix_ids, description="Replaying …")
            ]

    _tell(run_async(replay), as_json=as_json)


@webhooks_group.command("prune")
@click.option("--days", default=90, show_default=True, type=click.IntRange(2, 36_500))
@as_json
def prune_webhooks(days: int, *, as_json: bool) -> None:
    """Forget deliveries older than that, but for what failed and was not replayed."""

    async def prune(scope: AsyncContainer) -> int:
        return await (await scope.get(PruneWebhooks))(timedelta(days=days))

    pruned = run_async(prune)
    if as_json:
        print_json({"pruned": pruned})
    else:
        print_message(
            f"Forgotten: {count_noun(pruned, 'delivery', 'deliveries')} older than {days} days."
        )


def _tell(receipts: Sequence[InboxEntry], *, as_json: bool) -> None:
    print_table(map(_row, receipts), title="Replayed", as_json=as_json)
    if any(receipt.outcome is DeliveryOutcome.FAILED for receipt in receipts):
        sys.exit(FOUND)


def _row(receipt: InboxEntry) -> dict[str, Any]:
    return {
        "svix_id": receipt.delivery.id,
        "type": receipt.type,
        "outcome": receipt.outcome.value,
        "received_at": receipt.received_at,
        "error": receipt.error,
    }
