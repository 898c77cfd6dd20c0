"""`sigmasight users grant` and `revoke-grant`: more messages for a user, and taking them back."""

from typing import Any

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.access.grants import GrantId, GrantMessages, grant_id
from sigmasight.domain.access.usage import MAX_GRANT
from sigmasight.domain.identity.administration import FindUsers
from sigmasight.domain.kernel import new_id
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import user_argument
from sigmasight.entrypoints.cli.shared import run_async
from sigmasight.entrypoints.cli.usage import usage_group, usage_of


@usage_group.command("grant")
@user_argument
@click.argument(
    "count", type=click.IntRange(1, MAX_GRANT), help="How many messages more they may send."
)
@click.option("--reason", required=True, help="The reason, stored in the ledger.")
@click.option("--id", "text", help="Any text: the same one, given twice, grants once.")
@prints
def grant_messages(user: str, count: int, reason: str, text: str | None, *, output: Output) -> None:
    """Grant USER COUNT more messages this month."""
    if not reason.strip():
        raise click.BadParameter("must not be blank", param_hint="--reason")
    grant = grant_id(text) if text else GrantId(new_id())

    async def grant_once(scope: AsyncContainer) -> tuple[bool, dict[str, Any]]:
        users = await scope.get(FindUsers)
        found = await users.one(user)
        is_new = await (await scope.get(GrantMessages))(
            found.id, grant, count, reason=reason.strip()
        )
        return is_new, await usage_of(scope, await users.one(str(found.id)))

    is_new, usage = run_async(grant_once)
    output.record({**usage, "grant": str(grant)}, title="Granted")
    if not is_new:
        output.note("It was granted before, and not again.")


@click.command("revoke-grant")
@user_argument
@click.argument("grant", help="The id of the grant, or the text of its --id.")
@prints
def revoke_grant(user: str, grant: str, *, output: Output) -> None:
    """Take GRANT of USER back: its id, or the text it was given as --id.

    What of it is used stays used. The grant of a month that is over has no effect any more.
    """

    async def revoke(scope: AsyncContainer) -> tuple[bool, dict[str, Any]]:
        users = await scope.get(FindUsers)
        found = await users.one(user)
        revoked = await (await scope.get(GrantMessages)).revoke(found.id, grant_id(grant))
        return revoked, await usage_of(scope, await users.one(str(found.id)))

    revoked, usage = run_async(revoke)
    output.record(usage, title="Usage")
    if not revoked:
        output.note("It was revoked before.")
