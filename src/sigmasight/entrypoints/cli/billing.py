"""`sigmasight billing`: compare our tiers with Clerk Billing."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import rich_click as click
from dishka import AsyncContainer
from rich.progress import Progress, TaskID

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.identity.administration import FindUsers, UserNotFoundError
from sigmasight.domain.identity.identity_provider import AccountDirectory
from sigmasight.domain.kernel import ClerkUserId, count_noun
from sigmasight.domain.reconciliation.drifts import Drift, TooManyLosersError, require_few_losers
from sigmasight.domain.reconciliation.use_cases import Reconcile
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import yes
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    CommandFailedError,
    progress_bar,
    require_confirmation,
    row,
    run_async,
)


@dataclass
class Comparison:
    """All differences, how many have a paid tier here, and who pays for a plan not listed."""

    drifts: list[Drift]
    payers: int = 0
    unlisted: Counter[str] = field(default_factory=Counter)


@click.group(name="billing")
def billing_group() -> None:
    """Compare subscriptions with Clerk Billing."""


@billing_group.command("reconcile")
@click.option("--dry-run", is_flag=True, help="Show the differences without repairing them.")
@click.option("--user", help="Only this user: an id, a Clerk id or an email address.")
@click.option("--after", metavar="CURSOR", help="Continue an interrupted comparison.")
@click.option("--force", is_flag=True, help="Repair even if many would lose their paid tier.")
@yes
@prints
def reconcile_command(  # noqa: PLR0913  an option each
    user: str | None, after: str | None, *, dry_run: bool, force: bool, yes: bool, output: Output
) -> None:
    """Compare all users with Clerk, show the differences, and repair them once you agree.

    Finds missing users, wrong tiers, and users deleted, banned or locked in Clerk. Tiers follow
    this shell's CLERK_PAID_PLANS: if more than 5 % of those who pay, and more than 3, would lose
    theirs, nothing is repaired without --force. The exit code is 0 without differences, 1 with
    differences, and 2 if the comparison failed or nothing was repaired.
    """

    async def compare(scope: AsyncContainer) -> Comparison:
        reconcile = await scope.get(Reconcile)
        if user:
            account = await _account_id(await scope.get(FindUsers), user)
            drifts = await reconcile.one(account, dry_run=True)
            return Comparison(list(drifts), unlisted=Counter(await reconcile.unlisted(account)))
        with progress_bar() as bar:
            total = await (await scope.get(AccountDirectory)).count()
            task = bar.add_task("Comparing …", total=total)
            return await _all(reconcile, bar, task, after=after)

    comparison = run_async(compare)
    plan = comparison.drifts
    for name, count in sorted(comparison.unlisted.items()):
        click.echo(
            f"{name} is not in CLERK_PAID_PLANS: {count_noun(count, 'user')} who pay for it"
            " have the free tier unless another plan gives them more.",
            err=True,
        )
    if dry_run or not plan:
        output.table(map(_row, plan), title="Differences")
        if plan:
            output.note("Run the command without --dry-run to repair them.")
        sys.exit(FOUND if plan else 0)
    output.preview(map(_row, plan), title="Differences")
    if not (force or user):
        _require_few_losers(plan, comparison.payers)
    require_confirmation(f"This repairs {count_noun(len(plan), 'difference')}.", given=yes)
    repaired = run_async(lambda scope: _repaired(scope, plan))
    output.table(map(_row, repaired), title="Repaired differences")
    sys.exit(FOUND)


def _require_few_losers(plan: Sequence[Drift], payers: int) -> None:
    try:
        require_few_losers(plan, payers)
    except TooManyLosersError as error:
        raise CommandFailedError(f"{error} If they are right, confirm with --force.") from error


async def _repaired(scope: AsyncContainer, plan: Sequence[Drift]) -> Sequence[Drift]:
    """Repair what was shown, and nothing else; each account is compared once more."""
    reconcile, repaired = await scope.get(Reconcile), list[Drift]()
    with progress_bar() as bar:
        for drift in bar.track(plan, description="Repairing …"):
            repaired += await reconcile.one(drift.account, dry_run=False)
    return repaired


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
    reconcile: Reconcile, bar: Progress, task: TaskID, *, after: str | None
) -> Comparison:
    found = Comparison([])
    cursor = after
    try:
        async for progress in reconcile(dry_run=True, after=after):
            found.drifts += progress.drifts
            found.payers += progress.payers
            found.unlisted.update(progress.unlisted)
            cursor = progress.cursor
            bar.advance(task, progress.checked)
    except BaseException:  # Ctrl-C as well
        if cursor:
            click.echo(f"The run was interrupted. Continue with: --after '{cursor}'", err=True)
        raise
    return found


def _row(drift: Drift) -> dict[str, Any]:
    return {
        **row(drift, "kind", "account", "email"),
        "ours": _tier(drift.ours),
        "clerks": _tier(drift.clerks),
        "plans_at_clerk": ", ".join(drift.items) or None,
        "problem": drift.problem,
    }


def _tier(subscription: Subscription | None) -> str | None:
    if subscription is None:
        return None
    end = subscription.expires_at
    return f"{subscription.tier.value} until {end:%Y-%m-%d %H:%M:%SZ}" if end else subscription.tier
