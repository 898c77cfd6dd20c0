"""The distribution of the tables over the nodes of Citus, by the user whose rows they are.

What a user owns lies together on one node, since every statement of a request names its user.
`users` is on every node, and what belongs to nobody stays on the coordinator.
Functions: https://docs.citusdata.com/en/stable/develop/api_udf.html.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple

import asyncpg
from sqlalchemy import Table

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.outages import translate_outages

BY: Final = "user_id"
REPLICATED: Final = "users"
FIRST: Final = "portfolios"
"""The distributed table beside whose rows those of all others lie."""

IS_INSTALLED: Final = "SELECT to_regclass('pg_dist_partition') IS NOT NULL"
PLACED: Final = "SELECT logicalrelid::regclass::text FROM pg_dist_partition"
FOREIGN_KEYS: Final = """
SELECT conrelid::regclass::text AS owner, confrelid::regclass::text AS target,
       quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
ORDER BY owner, name
"""
SEQUENTIAL: Final = "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'"
"""A replicated table is referred to in the same transaction."""


class Placement(StrEnum):
    DISTRIBUTED = "distributed"
    REPLICATED = "replicated"
    LOCAL = "local"


class ForeignKey(NamedTuple):
    owner: str
    target: str
    name: str
    definition: str


def placement(table: Table) -> Placement:
    """Return where a table's rows are to lie."""
    if table.name == REPLICATED:
        return Placement.REPLICATED
    return Placement.DISTRIBUTED if BY in table.primary_key.columns else Placement.LOCAL


def statements(placed: AbstractSet[str], keys: Iterable[ForeignKey]) -> Sequence[str]:
    """Return what places the tables that are not yet `placed`; nothing if all are.

    On the way a local table may not refer to a distributed one, nor the other way round: the
    foreign keys from and to those tables are dropped, and put back in the end.
    """
    new = sorted(
        (
            table
            for table in metadata.tables.values()
            if table.name not in placed and placement(table) is not Placement.LOCAL
        ),
        key=lambda table: (table.name != REPLICATED, table.name != FIRST, table.name),
    )
    names = {table.name for table in new}
    affected = [key for key in keys if key.owner in names or key.target in names]
    if not new:
        return []
    return [
        SEQUENTIAL,
        *(f"ALTER TABLE {key.owner} DROP CONSTRAINT {key.name}" for key in affected),
        *chain.from_iterable(map(_place, new)),
        *(
            f"ALTER TABLE {key.owner} ADD CONSTRAINT {key.name} {key.definition}"
            for key in affected
        ),
    ]


def _place(table: Table) -> Iterable[str]:
    if placement(table) is Placement.REPLICATED:
        yield f"SELECT create_reference_table('{table.name}')"
        return
    beside = "default" if table.name == FIRST else FIRST
    yield f"SELECT create_distributed_table('{table.name}', '{BY}', colocate_with => '{beside}')"


class Distribution:
    """What is left to distribute in one database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def is_possible(self) -> bool:
        """Return whether the database has the extension."""
        possible: bool = await self._connection.fetchval(IS_INSTALLED)
        return possible

    async def plan(self) -> Sequence[str]:
        """Return the statements that are left; without the extension, all of them."""
        placed = await self._connection.fetch(PLACED) if await self.is_possible() else []
        keys = await self._connection.fetch(FOREIGN_KEYS)
        return statements({row[0] for row in placed}, [ForeignKey(*row) for row in keys])

    async def apply(self) -> Sequence[str]:
        """Run the statements that are left, all or none, and return them."""
        async with self._connection.transaction():
            plan = await self.plan()
            for statement in plan:
                await self._connection.execute(statement)
        return plan


@asynccontextmanager
async def distribution_of(dsn: str) -> AsyncIterator[Distribution]:
    """Connect to a database; raise DatabaseUnavailableError."""
    with translate_outages():
        connection = await asyncpg.connect(dsn, statement_cache_size=0)
        try:
            yield Distribution(connection)
        finally:
            await connection.close()
