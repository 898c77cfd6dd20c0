"""`sigmasight users`: look people up, link them, deactivate them, move them to Clerk."""

import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import rich_click as click
from dishka import AsyncContainer
from rich.progress import Progress, TaskID

from sigmasight.domain.billing import SubscriptionItem
from sigmasight.domain.identity.administration import DeactivateUser, FindUsers, LinkUser
from sigmasight.domain.identity.clerk_migration import (
    AccountMigration,
    MigrateToClerk,
    MigrationStep,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, Clock, UserId, count_noun
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    as_json,
    print_message,
    print_record,
    print_table,
    progress_bar,
    run_async,
)


@click.group(name="users")
def users_group() -> None:
    """Look people up, link them by hand, deactivate them, move them to Clerk."""


@users_group.command("list")
@click.option("--unlinked", is_flag=True, help="Only active users without a Clerk account.")
@click.option("--after", type=click.UUID, help="Go on behind this user's id.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def list_users(after: UUID | None, limit: int, *, unlinked: bool, as_json: bool) -> None:
    """Show users in the order of their ids."""

    async def look(scope: AsyncContainer) -> Sequence[dict[str, Any]]:
        people, clock = await scope.get(FindUsers), await scope.get(Clock)
        found = await people.page(UserId(after) if after else None, limit, unlinked=unlinked)
        return [_row(user, clock) for user in found]

    rows = run_async(look)
    print_table(
        rows,
        title="Users",
        as_json=as_json,
        leaving_out={"full_name", "invite_validated", "created_at", "deleted_at"},
    )
    if len(rows) == limit and not as_json:
        print_message(f"There may be more: --after {rows[-1]['id']}")


@users_group.command("show")
@click.argument("user")
@as_json
def show_user(user: str, *, as_json: bool) -> None:
    """Show one user and their subscription. USER is an id, a Clerk id or an address."""

    async def look(scope: AsyncContainer) -> tuple[dict[str, Any], Sequence[SubscriptionItem]]:
        people = await scope.get(FindUsers)
        found = await people.one(user)
        return _row(found, await scope.get(Clock)), await people.items(found)

    row, items = run_async(look)
    told = [_item(item) for item in items]
    if as_json:
        print_record({**row, "subscription_items": told}, title="User", as_json=True)
        return
    print_record(row, title="User", as_json=False)
    print_table(told, title="Subscription items", as_json=False)


@users_group.command("link")
@click.argument("user")
@click.argument("clerk_user_id")
@as_json
def link_user(user: str, clerk_user_id: str, *, as_json: bool) -> None:
    """Tie USER to a Clerk account, whatever their addresses are."""

    async def link(scope: AsyncContainer) -> dict[str, Any]:
        found = await (await scope.get(FindUsers)).one(user)
        linked = await (await scope.get(LinkUser))(found.id, ClerkUserId(clerk_user_id))
        return _row(linked, await scope.get(Clock))

    print_record(run_async(link), title="Linked", as_json=as_json)


@users_group.command("deactivate")
@click.argument("user")
@as_json
def deactivate_user(user: str, *, as_json: bool) -> None:
    """Refuse USER from their next request on; their data stays."""

    async def deactivate(scope: AsyncContainer) -> dict[str, Any]:
        found = await (await scope.get(FindUsers)).one(user)
        inactive = await (await scope.get(DeactivateUser))(found.id)
        return _row(inactive, await scope.get(Clock))

    print_record(run_async(deactivate), title="Deactivated", as_json=as_json)


@users_group.command("migrate-to-clerk")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and do nothing.")
@as_json
def migrate_command(*, dry_run: bool, as_json: bool) -> None:
    """Make or find a Clerk account for every active user without one, and link it.

    Their password goes along, so that they sign in as before. Safe to run again. Ends with 1
    where somebody could not be moved; the others are moved all the same.
    """

    async def migrate(scope: AsyncContainer) -> Sequence[AccountMigration]:
        everybody = (await scope.get(MigrateToClerk))(dry_run=dry_run)
        with progress_bar() as bar:
            return await _all(everybody, bar, bar.add_task("Moving …", total=None))

    moved = run_async(migrate)
    title = "Would be done" if dry_run else "Done"
    print_table(map(_migration, moved), title=title, as_json=as_json)
    if any(migration.step is MigrationStep.FAILED for migration in moved):
        sys.exit(FOUND)


async def _all(
    everybody: AsyncIterator[AccountMigration], bar: Progress, task: TaskID
) -> Sequence[AccountMigration]:
    done: list[AccountMigration] = []
    try:
        async for migration in everybody:
            done.append(migration)
            bar.advance(task)
    except BaseException:  # Ctrl-C as well
        click.echo(
            f"It broke off after {count_noun(len(done), 'user')}. Run it again to go on.", err=True
        )
        raise
    return done


def _row(user: User, clock: Clock) -> dict[str, Any]:
    subscription = user.subscription.at(clock.now())
    return {
        "id": user.id,
        "email": user.email,
        "full_name": user.full_name,
        "clerk_user_id": user.clerk_user_id,
        "tier": subscription.tier.value,
        "tier_expires_at": subscription.expires_at,
        "invite_validated": user.invite_validated,
        "is_active": user.is_active,
        "created_at": user.created_at,
        "deleted_at": user.deleted_at,
    }


def _item(item: SubscriptionItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "plan": item.plan,
        "status": item.status.value,
        "known_at": item.known_at,
        "period_end": item.period_end,
    }


def _migration(migration: AccountMigration) -> dict[str, Any]:
    return {
        "id": migration.user.id,
        "email": migration.user.email,
        "step": migration.step.value,
        "account": migration.account,
        "problem": migration.problem,
    }
