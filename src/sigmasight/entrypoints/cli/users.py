"""`sigmasight users`: find, link, deactivate and migrate users, and undo that."""

import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import rich_click as click
from dishka import AsyncContainer
from rich.progress import Progress, TaskID

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.billing import SubscriptionItem
from sigmasight.domain.identity.activation import ChangeActivity
from sigmasight.domain.identity.administration import (
    FindUsers,
    UserFilter,
    UserState,
    state_of,
)
from sigmasight.domain.identity.clerk_migration import (
    AccountMigration,
    MigrateToClerk,
    MigrationStep,
)
from sigmasight.domain.identity.links import LinkUser, UnlinkUser
from sigmasight.domain.identity.users import User, email_address
from sigmasight.domain.kernel import ClerkUserId, Clock, UserId, count_noun
from sigmasight.entrypoints.cli.api_keys import list_api_keys, revoke_api_key
from sigmasight.entrypoints.cli.grants import grant_messages, revoke_grant
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import choice_option, limit_option, user_argument, yes
from sigmasight.entrypoints.cli.shared import (
    FOUND,
    progress_bar,
    require_confirmation,
    row,
    run_async,
)


@click.group(name="users")
def users_group() -> None:
    """Find, link, deactivate and migrate users, and undo that."""


users_group.add_command(list_api_keys)
users_group.add_command(revoke_api_key)
users_group.add_command(grant_messages)
users_group.add_command(revoke_grant)


@users_group.command("list")
@click.option("--unlinked", is_flag=True, help="Only active users without a Clerk account.")
@click.option("--search", help="Part of an address, a name or an account id.")
@choice_option("--tier", Tier, "Only users on this tier.")
@choice_option(
    "--state", UserState, "Only users in this state; barred by Clerk, or inactive by an operator."
)
@click.option("--after", type=click.UUID, help="Continue after this user's id.")
@limit_option(50)
@prints
def list_users(  # noqa: PLR0913  one for each filter
    *,
    search: str | None,
    tier: str | None,
    state: str | None,
    after: UUID | None,
    limit: int,
    unlinked: bool,
    output: Output,
) -> None:
    """List users in the order of their ids."""

    async def find(scope: AsyncContainer) -> Sequence[dict[str, Any]]:
        users, clock = await scope.get(FindUsers), await scope.get(Clock)
        wanted = UserFilter(
            now=clock.now(),
            search=search,
            tier=Tier(tier) if tier else None,
            state=UserState(state) if state else None,
        )
        last = UserId(after) if after else None
        found = await users.page(last, limit, unlinked=unlinked, wanted=wanted)
        return [_row(user, clock) for user in found]

    rows = run_async(find)
    output.table(
        rows,
        title="Users",
        hidden={"full_name", "invite_validated", "is_active", "barred", "created_at", "deleted_at"},
    )
    if len(rows) == limit:
        output.note(f"For more users: --after {rows[-1]['id']}")


@users_group.command("show")
@user_argument
@prints
def show_user(user: str, *, output: Output) -> None:
    """Show one user and their subscription. USER is an id, a Clerk id or an email address."""

    async def find(scope: AsyncContainer) -> tuple[dict[str, Any], Sequence[SubscriptionItem]]:
        users = await scope.get(FindUsers)
        found = await users.one(user)
        return _row(found, await scope.get(Clock)), await users.items(found)

    user_row, items = run_async(find)
    item_rows = [row(item, "id", "plan", "status", "known_at", "period_end") for item in items]
    output.record(user_row, title="User", subscription_items=item_rows)


@users_group.command("link")
@user_argument
@click.argument("clerk_user_id", help="The id of the account at Clerk: user_…")
@prints
def link_user(user: str, clerk_user_id: str, *, output: Output) -> None:
    """Link USER to a Clerk account, even if the email addresses differ."""

    async def link(scope: AsyncContainer) -> dict[str, Any]:
        found = await (await scope.get(FindUsers)).one(user)
        linked = await (await scope.get(LinkUser))(found.id, ClerkUserId(clerk_user_id))
        return _row(linked, await scope.get(Clock))

    output.record(run_async(link), title="Linked")


@users_group.command("unlink")
@user_argument
@click.option("--email", help="The user's address from now on; without one they get a placeholder.")
@yes
@prints
def unlink_user(user: str, email: str | None, *, yes: bool, output: Output) -> None:
    """Undo the link of USER to a Clerk account, which gets a user of its own at its next sign-in.

    The data stays with USER, who is on the free tier and can no longer sign in with Clerk.
    """
    require_confirmation(f"This takes the Clerk account away from {user}.", given=yes)
    address = email_address(email) if email else None
    if email and address is None:
        raise click.BadParameter("is not an email address", param_hint="--email")

    async def unlink(scope: AsyncContainer) -> dict[str, Any]:
        found = await (await scope.get(FindUsers)).one(user)
        unlinked = await (await scope.get(UnlinkUser))(found.id, email=address)
        return _row(unlinked, await scope.get(Clock))

    output.record(run_async(unlink), title="Unlinked")


@users_group.command("deactivate")
@user_argument
@yes
@prints
def deactivate_user(user: str, *, yes: bool, output: Output) -> None:
    """Deactivate USER, who is refused from the next request on; the data stays."""
    require_confirmation(f"This deactivates {user}.", given=yes)

    async def deactivate(scope: AsyncContainer) -> dict[str, Any]:
        found = await (await scope.get(FindUsers)).one(user)
        inactive = await (await scope.get(ChangeActivity))(found.id, is_active=False)
        return _row(inactive, await scope.get(Clock))

    output.record(run_async(deactivate), title="Deactivated")


@users_group.command("activate")
@user_argument
@prints
def activate_user(user: str, *, output: Output) -> None:
    """Let USER, whom an operator deactivated, back in."""

    async def activate(scope: AsyncContainer) -> dict[str, Any]:
        found = await (await scope.get(FindUsers)).one(user)
        active = await (await scope.get(ChangeActivity))(found.id, is_active=True)
        return _row(active, await scope.get(Clock))

    output.record(run_async(activate), title="Activated")


@users_group.command("migrate-to-clerk")
@click.option("--dry-run", is_flag=True, help="Show what would be done, without doing it.")
@prints
def migrate_command(*, dry_run: bool, output: Output) -> None:
    """Create or find a Clerk account for every active user without one, and link it.

    Passwords are migrated too. The command can be repeated. The exit code is 1 if a user could
    not be migrated; the others are migrated nevertheless.
    """

    async def migrate(scope: AsyncContainer) -> Sequence[AccountMigration]:
        migrations = (await scope.get(MigrateToClerk))(dry_run=dry_run)
        with progress_bar() as bar:
            return await _all(migrations, bar, bar.add_task("Migrating …", total=None))

    migrated = run_async(migrate)
    title = "Would be done" if dry_run else "Done"
    output.table(map(_migration, migrated), title=title)
    if any(migration.step is MigrationStep.FAILED for migration in migrated):
        sys.exit(FOUND)


async def _all(
    migrations: AsyncIterator[AccountMigration], bar: Progress, task: TaskID
) -> Sequence[AccountMigration]:
    done: list[AccountMigration] = []
    try:
        async for migration in migrations:
            done.append(migration)
            bar.advance(task)
    except BaseException:  # Ctrl-C as well
        click.echo(
            f"Interrupted after {count_noun(len(done), 'user')}. Run it again to continue.",
            err=True,
        )
        raise
    return done


def _row(user: User, clock: Clock) -> dict[str, Any]:
    subscription = user.subscription.at(clock.now())
    return {
        **row(user, "id", "email", "full_name", "clerk_user_id"),
        "tier": subscription.tier,
        "tier_expires_at": subscription.expires_at,
        "state": state_of(user, clock.now()),
        **row(user, "invite_validated", "is_active"),
        "barred": user.bar.kind if user.bar and user.bar.applies_at(clock.now()) else None,
        **row(user, "created_at", "deleted_at"),
    }


def _migration(migration: AccountMigration) -> dict[str, Any]:
    return {**row(migration.user, "id", "email"), **row(migration, "step", "account", "problem")}
