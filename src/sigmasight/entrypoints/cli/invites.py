"""`sigmasight invites`: who came by which code, and letting people in or out."""

from collections.abc import Sequence

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.access.invites import Invited, ManageInvites
from sigmasight.domain.identity.administration import FindUsers
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import limit_option, user_argument, yes
from sigmasight.entrypoints.cli.shared import require_confirmation, row, run_async


@click.group(name="invites")
def invites_group() -> None:
    """List who came by which invite code, and let people in or out."""


@invites_group.command("list")
@click.option("--code", help="Only those who came by this code, in any case.")
@limit_option(50)
@prints
def list_invites(code: str | None, limit: int, *, output: Output) -> None:
    """List who was let in, newest first; without a code it was an operator, or long ago."""

    async def find(scope: AsyncContainer) -> Sequence[Invited]:
        return await (await scope.get(ManageInvites)).latest(code, limit)

    rows = [{"id": each.user, **row(each, "email", "code", "at")} for each in run_async(find)]
    output.table(rows, title="Invited")


@invites_group.command("allow")
@user_argument
@prints
def allow_user(user: str, *, output: Output) -> None:
    """Let USER in without a code."""

    async def allow(scope: AsyncContainer) -> bool:
        found = await (await scope.get(FindUsers)).one(user)
        return await (await scope.get(ManageInvites)).allow(found.id)

    _print(output, f"{user} may use the product.", changed=run_async(allow))


@invites_group.command("withdraw")
@user_argument
@yes
@prints
def withdraw_invite(user: str, *, yes: bool, output: Output) -> None:
    """Let USER out until they enter a valid code again; the data stays."""
    require_confirmation(f"This withdraws the invite of {user}.", given=yes)

    async def withdraw(scope: AsyncContainer) -> bool:
        found = await (await scope.get(FindUsers)).one(user)
        return await (await scope.get(ManageInvites)).withdraw(found.id)

    _print(output, f"{user} needs an invite code.", changed=run_async(withdraw))


def _print(output: Output, sentence: str, *, changed: bool) -> None:
    text = sentence if changed else f"{sentence} It was so before."
    output.result(text, {"changed": changed})
