"""`sigmasight users api-keys` and `revoke-api-key`: the keys of a user's own tools."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.identity.administration import FindUsers
from sigmasight.domain.identity.api_key_management import ManageApiKeys
from sigmasight.domain.identity.api_keys import ApiKey, ApiKeyId
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import user_argument, yes
from sigmasight.entrypoints.cli.shared import require_confirmation, row, run_async


@click.command("api-keys")
@user_argument
@prints
def list_api_keys(user: str, *, output: Output) -> None:
    """List USER's API keys, newest first; nothing has their text."""

    async def find(scope: AsyncContainer) -> Sequence[ApiKey]:
        found = await (await scope.get(FindUsers)).one(user)
        return await (await scope.get(ManageApiKeys)).list(found.id)

    output.table(map(_row, run_async(find)), title="API keys")


@click.command("revoke-api-key")
@user_argument
@click.argument("key", type=click.UUID, help="The id of the key.")
@yes
@prints
def revoke_api_key(user: str, key: UUID, *, yes: bool, output: Output) -> None:
    """Revoke one of USER's API keys; it is refused from the next request on."""
    require_confirmation("Revoke this API key? The tools that use it stop working.", given=yes)

    async def revoke(scope: AsyncContainer) -> ApiKey:
        found = await (await scope.get(FindUsers)).one(user)
        return await (await scope.get(ManageApiKeys)).revoke(found.id, ApiKeyId(key))

    output.record(_row(run_async(revoke)), title="Revoked")


def _row(key: ApiKey) -> dict[str, Any]:
    return row(key, "id", "name", "scope", "prefix", "created_at", "expires_at", "last_used_at")
