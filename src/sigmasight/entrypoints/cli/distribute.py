"""`sigmasight database distribute`: the tables, over the nodes of Citus."""

import asyncio
import os
from collections.abc import Sequence
from typing import Final

import rich_click as click

from sigmasight.domain.kernel import count_noun
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.shared import CommandFailedError, require_confirmation
from sigmasight.entrypoints.composition import distribution_of

MISSING: Final = (
    "This database has no Citus. Install the extension on each node, add citus to"
    " shared_preload_libraries, restart, and run CREATE EXTENSION citus. Nothing was changed."
)


@click.command("distribute")
@click.option("--dry-run", is_flag=True, help="Only print the statements that are left.")
@click.option("--no-prompt", is_flag=True, help="Do not ask.")
@prints
def distribute_command(*, dry_run: bool, no_prompt: bool, output: Output) -> None:
    """Distribute the tables over the nodes of Citus by user; a second time changes nothing.

    Tables are locked meanwhile: stop servers and workers first.
    """
    address = os.environ["DATABASE_URL"]
    if dry_run:
        plan = asyncio.run(_plan(address))
        output.table(({"statement": f"{statement};"} for statement in plan), title="Statements")
        return
    require_confirmation(
        "Distribute the tables? Servers and workers should be stopped.",
        given=no_prompt,
        flag="--no-prompt",
    )
    done = asyncio.run(_apply(address))
    output.result(
        f"Distributed by user, with {count_noun(len(done), 'statement')}."
        if done
        else "Everything is distributed already.",
        {"statements": len(done)},
    )


async def _plan(address: str) -> Sequence[str]:
    async with distribution_of(address) as distribution:
        return await distribution.plan()


async def _apply(address: str) -> Sequence[str]:
    async with distribution_of(address) as distribution:
        if not await distribution.is_possible():
            raise CommandFailedError(MISSING)
        return await distribution.apply()
