"""Distributing the tables, on a Postgres where functions of Citus' names check its rules."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.distribution import (
    FOREIGN_KEYS,
    Distribution,
    Placement,
    distribution_of,
    placement,
)
from tests.integration.conftest import WORKER
from tests.integration.postgres.test_metadata import OWNED
from tests.support.servers.postgres import create_database

CITUS: Final = """
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, partkey text, beside text);
CREATE FUNCTION require_no_foreign_key(name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND name IN (conrelid, confrelid)) THEN
        RAISE 'relation % has a foreign key', name;
    END IF;
END $$;
CREATE FUNCTION require_distribution_column(name regclass, by text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_index WHERE indrelid = name AND indisunique AND NOT (
            SELECT attnum FROM pg_attribute WHERE attrelid = name AND attname = by
        ) = ANY(indkey)
    ) THEN
        RAISE 'cannot create constraint on %', name USING DETAIL = 'not the partition column';
    END IF;
END $$;
CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS $$
    SELECT require_no_foreign_key(name);
    INSERT INTO pg_dist_partition VALUES (name, NULL, NULL)
$$;
CREATE FUNCTION create_distributed_table(name regclass, by text, colocate_with text)
RETURNS void LANGUAGE sql AS $$
    SELECT require_no_foreign_key(name), require_distribution_column(name, by);
    INSERT INTO pg_dist_partition VALUES (name, by, colocate_with)
$$;
"""
"""A fake of the extension: what a table must be like to be placed, and which ones are."""
PLACED: Final = "SELECT logicalrelid::text, partkey, beside FROM pg_dist_partition"


@pytest.fixture
def own_dsn(postgres: str, template: str) -> str:
    return create_database(postgres, f"distribution_{WORKER}", template=template)


@pytest.fixture
async def connection(own_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(own_dsn)
    yield connection
    await connection.close()


async def test_every_table_of_users_is_distributed_and_foreign_keys_are_as_before(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(CITUS)
    before = await connection.fetch(FOREIGN_KEYS)

    await Distribution(connection).apply()

    placed = {row["logicalrelid"]: row["partkey"] for row in await connection.fetch(PLACED)}
    assert placed == {"users": None, **{table.name: "user_id" for table in OWNED}}
    assert await connection.fetch(FOREIGN_KEYS) == before


async def test_distributed_tables_lie_beside_one_another(connection: asyncpg.Connection) -> None:
    await connection.execute(CITUS)

    await Distribution(connection).apply()

    beside = [row["beside"] for row in await connection.fetch(PLACED) if row["partkey"]]
    assert beside.count("default") == 1
    [first] = [
        row["logicalrelid"] for row in await connection.fetch(PLACED) if row["beside"] == "default"
    ]
    assert set(beside) == {"default", first}


async def test_a_second_time_changes_nothing(connection: asyncpg.Connection) -> None:
    await connection.execute(CITUS)
    distribution = Distribution(connection)
    first = await distribution.apply()

    assert first
    assert await distribution.apply() == []


async def test_what_a_later_version_adds_is_distributed_then(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(CITUS)
    distribution = Distribution(connection)
    await distribution.apply()
    await connection.execute("DELETE FROM pg_dist_partition WHERE logicalrelid = 'tags'::regclass")
    before = await connection.fetch(FOREIGN_KEYS)

    plan = await distribution.apply()

    assert [statement for statement in plan if statement.startswith("SELECT")] == [
        "SELECT create_distributed_table('tags', 'user_id', colocate_with => 'portfolios')"
    ]
    assert await connection.fetch(FOREIGN_KEYS) == before


async def test_a_failure_on_the_way_changes_nothing(connection: asyncpg.Connection) -> None:
    await connection.execute(CITUS)
    await connection.execute("CREATE UNIQUE INDEX across_users ON positions (symbol, id)")
    before = await connection.fetch(FOREIGN_KEYS)

    with pytest.raises(asyncpg.RaiseError, match="cannot create constraint on positions"):
        await Distribution(connection).apply()

    assert await connection.fetch(PLACED) == []
    assert await connection.fetch(FOREIGN_KEYS) == before


async def test_without_the_extension_the_plan_is_the_whole(dsn: str) -> None:
    async with distribution_of(dsn) as distribution:
        plan = "\n".join(await distribution.plan())
        is_possible = await distribution.is_possible()

    assert not is_possible
    for table in metadata.sorted_tables:
        assert (f"_table('{table.name}'" in plan) is (placement(table) is not Placement.LOCAL)
