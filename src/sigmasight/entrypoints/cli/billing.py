"""`sigmasight billing`: compare our tiers with Clerk Billing."""

import sys
from collections.abc import Sequence
from typing import Any

import rich_click as click
from dishka import AsyncContainer
from rich.progress import Progress, TaskID

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.identity.administration import FindUsers, UserNotFoundError
from sigmasight.domain.identity.identity_provider import AccountDirectory
from sigmasight.domain.kernel import ClerkUserId
from sigmasight.domain.reconciliation import Drift, Reconcile
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    as_json,
    print_message,
    print_table,
    progress_bar,
    row,
    run_async,
)


@click.group(name="billing")
def billing_group() -> None:
    """Compare subscriptions with Clerk Billing."""


@billing_group.command("reconcile")
@click.option("--dry-run", is_flag=True, help="Show the differences without repairing them.")
@click.option("--user", help="Only this user: an id, a Clerk id or an email address.")
@click.option("--after", metavar="CURSOR", help="Continue an interrupted run.")
@as_json
def reconcile_command(user: str | None, after: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Compare all users with Clerk, and repair differences.

    Finds missing users, wrong tiers, and users deleted in Clerk. The exit code is 0 without
    differences, 1 with differences, and 2 if the comparison failed.
    """

    async def compare(scope: AsyncContainer) -> Sequence[Drift]:
        reconcile = await scope.get(Reconcile)
        if user:
            account = await _account_id(await scope.get(FindUsers), user)
            return await reconcile.one(account, dry_run=dry_run)
        with progress_bar() as bar:
            total = await (await scope.get(AccountDirectory)).count()
            task = bar.add_task("Comparing …", total=total)
            return await _all(reconcile, bar, task, after=after, dry_run=dry_run)

    drifts = run_async(compare)
    title = "Differences" if dry_run else "Repaired differences"
    print_table(map(_row, drifts), title=title, as_json=as_json)
    if dry_run and drifts and not as_json:
        print_message("Run the command without --dry-run to repair them.")
    if drifts:
        sys.exit(FOUND)


async def _account_id(users: FindUsers, reference: str) -> ClerkUserId:
    """Return a user's account id; a Clerk id may be of an account without a user."""
    try:
        user = await users.one(reference)
    except UserNotFoundError:
        if reference.startswith("user_"):
            return ClerkUserId(reference)
        raise
    if user.clerk_user_id is None:
        raise UserNotFoundError(f"with a Clerk account for {reference}")
    return user.clerk_user_id


async def _all(
    reconcile: Reconcile, bar: Progress, task: TaskID, *, after: str | None, dry_run: bool
) -> Sequence[Drift]:
    drifts: list[Drift] = []
    cursor = after
    try:
        async for progress in reconcile(dry_run=dry_run, after=after):
            drifts += progress.drifts
            cursor = progress.cursor
            bar.advance(task, progress.checked)
    except BaseException:  # Ctrl-C as well
        if cursor:
            click.echo(f"The run was interrupted. Continue with: --after '{cursor}'", err=True)
        raise
    return drifts


def _row(drift: Drift) -> dict[str, Any]:
    return {
        **row(drift, "kind", "account", "email"),
        "ours": _tier(drift.ours),
        "clerks": _tier(drift.clerks),
        "problem": drift.problem,
    }


def _tier(subscription: Subscription | None) -> str | None:
    if subscription is None:
        return None
    end = subscription.expires_at
    return f"{subscription.tier.value} until {end:%Y-%m-%d %H:%M:%SZ}" if end else subscription.tier
