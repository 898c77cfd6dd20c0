"""`sigmasight invites`: who came by which code, and letting people in or out."""

from collections.abc import Sequence

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.access.invites import Invited, ManageInvites
from sigmasight.domain.identity.administration import FindUsers
from sigmasight.entrypoints.cli.shared import (
    as_json,
    print_json,
    print_message,
    print_table,
    require_confirmation,
    row,
    run_async,
    yes,
)


@click.group(name="invites")
def invites_group() -> None:
    """List who came by which invite code, and let people in or out."""


@invites_group.command("list")
@click.option("--code", help="Only those who came by this code, in any case.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def list_invites(code: str | None, limit: int, *, as_json: bool) -> None:
    """List who was let in, newest first; without a code it was an operator, or long ago."""

    async def find(scope: AsyncContainer) -> Sequence[Invited]:
        return await (await scope.get(ManageInvites)).latest(code, limit)

    rows = [{"id": each.user, **row(each, "email", "code", "at")} for each in run_async(find)]
    print_table(rows, title="Invited", as_json=as_json)


@invites_group.command("allow")
@click.argument("user")
@as_json
def allow_user(user: str, *, as_json: bool) -> None:
    """Let USER in without a code."""

    async def allow(scope: AsyncContainer) -> bool:
        found = await (await scope.get(FindUsers)).one(user)
        return await (await scope.get(ManageInvites)).allow(found.id)

    _print(f"{user} may use the product.", changed=run_async(allow), as_json=as_json)


@invites_group.command("withdraw")
@click.argument("user")
@yes
@as_json
def withdraw_invite(user: str, *, yes: bool, as_json: bool) -> None:
    """Let USER out until they enter a valid code again; the data stays."""
    require_confirmation(f"This withdraws the invite of {user}.", given=yes)

    async def withdraw(scope: AsyncContainer) -> bool:
        found = await (await scope.get(FindUsers)).one(user)
        return await (await scope.get(ManageInvites)).withdraw(found.id)

    _print(f"{user} needs an invite code.", changed=run_async(withdraw), as_json=as_json)


def _print(sentence: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        print_json({"changed": changed})
    else:
        print_message(sentence if changed else f"{sentence} It was so before.")
