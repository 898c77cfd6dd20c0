"""`sigmasight webhooks`: what Clerk sent, and taking in again what failed."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.clerk_events.deliveries import Outcome, Receipt
from sigmasight.domain.clerk_events.receiving import LookUpWebhooks, PruneWebhooks, ReplayWebhook
from sigmasight.domain.kernel import counted
from sigmasight.entrypoints.cli.operating import (
    FOUND,
    answer,
    as_json,
    detail,
    operate,
    progress_bar,
    say,
    say_json,
)


@click.group(name="webhooks")
def webhooks_group() -> None:
    """Look at Clerk's webhooks, and take in again what failed."""


@webhooks_group.command("list")
@click.option("--outcome", type=click.Choice([each.value for each in Outcome]))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@as_json
def list_webhooks(outcome: str | None, limit: int, *, as_json: bool) -> None:
    """Show the deliveries that came last, the newest first."""

    async def look(scope: AsyncContainer) -> Sequence[Receipt]:
        webhooks = await scope.get(LookUpWebhooks)
        return await webhooks.latest(Outcome(outcome) if outcome else None, limit)

    answer(map(_row, operate(look)), title="Webhooks", as_json=as_json)


@webhooks_group.command("show")
@click.argument("svix_id")
@as_json
def show_webhook(svix_id: str, *, as_json: bool) -> None:
    """Show one delivery with its body."""

    async def look(scope: AsyncContainer) -> Receipt:
        return await (await scope.get(LookUpWebhooks)).one(svix_id)

    receipt = operate(look)
    body = receipt.delivery.body.decode(errors="replace")
    row = {**_row(receipt), "attempted_at": receipt.delivery.attempted_at, "body": body}
    detail(row, title="Webhook", as_json=as_json)


@webhooks_group.command("replay")
@click.argument("svix_ids", nargs=-1, required=True, metavar="SVIX_ID...")
@as_json
def replay_webhooks(svix_ids: tuple[str, ...], *, as_json: bool) -> None:
    """Take deliveries in again; ends with 1 if one still fails."""

    async def replay(scope: AsyncContainer) -> Sequence[Receipt]:
        kept, again = await scope.get(LookUpWebhooks), await scope.get(ReplayWebhook)
        for svix_id in svix_ids:  # a wrong id is refused before any is replayed
            await kept.one(svix_id)
        return [await again(svix_id) for svix_id in svix_ids]

    _tell(operate(replay), as_json=as_json)


@webhooks_group.command("replay-failed")
@as_json
def replay_failed_webhooks(*, as_json: bool) -> None:
    """Take in again all that failed, in the order they came; ends with 1 if one still fails."""

    async def replay(scope: AsyncContainer) -> Sequence[Receipt]:
        svix_ids = await (await scope.get(LookUpWebhooks)).failed()
        replay = await scope.get(ReplayWebhook)
        with progress_bar() as bar:
            return [
                await replay(svix_id) for svix_id in bar.track(svix_ids, description="Replaying …")
            ]

    _tell(operate(replay), as_json=as_json)


@webhooks_group.command("prune")
@click.option("--days", default=90, show_default=True, type=click.IntRange(2, 36_500))
@as_json
def prune_webhooks(days: int, *, as_json: bool) -> None:
    """Forget deliveries older than that, but for what failed and was not replayed."""

    async def prune(scope: AsyncContainer) -> int:
        return await (await scope.get(PruneWebhooks))(timedelta(days=days))

    pruned = operate(prune)
    if as_json:
        say_json({"pruned": pruned})
    else:
        say(f"Forgotten: {counted(pruned, 'delivery', 'deliveries')} older than {days} days.")


def _tell(receipts: Sequence[Receipt], *, as_json: bool) -> None:
    answer(map(_row, receipts), title="Replayed", as_json=as_json)
    if any(receipt.outcome is Outcome.FAILED for receipt in receipts):
        sys.exit(FOUND)


def _row(receipt: Receipt) -> dict[str, Any]:
    return {
        "svix_id": receipt.delivery.id,
        "type": receipt.type,
        "outcome": receipt.outcome.value,
        "received_at": receipt.received_at,
        "error": receipt.error,
    }
