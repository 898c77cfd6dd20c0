"""Backups: what was stored is there again, all of it, or nothing has changed."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import pytest

from sigmasight.adapters.postgres.backup.contents import TABLES
from tests.integration.cli.operator_cli import CommandResult, OperatorCli
from tests.integration.postgres.row_filler import ANN, fill
from tests.integration.postgres.scratch_database import ScratchDatabase, scratch_database
from tests.support.servers.postgres_proxy import PoolerStandIn, postgres_proxy

ODD: Final = "a\ttab, a\nline, \\. and \\N, \"quotes\" and 'those', €, $verify$"
AUDIT: Final = """
SELECT actor, details->>'operation' AS operation FROM audit_entries
    WHERE action = 'command' ORDER BY at
"""
EARLIER: Final = "b9c0d1e2f3a4"
BEFORE_THE_TRAIL: Final = "s5t6u7v8w9x0"

Contents = dict[str, list[str]]


async def contents_of(database: ScratchDatabase) -> Contents:
    """Return every row of every table."""
    names = [row["name"] for row in await database.fetch(TABLES)]
    rows = {
        name: await database.fetch(f"SELECT t::text AS row FROM {name} t ORDER BY 1")  # noqa: S608
        for name in names
    }
    return {name: [row["row"] for row in found] for name, found in rows.items()}


def take_entry(contents: Contents) -> str:
    """Remove the entry of a restore from the audit trail, and return it."""
    trail = contents["public.audit_entries"]
    [entry] = [row for row in trail if "database restore" in row]
    trail.remove(entry)
    return entry


async def dump(cli: OperatorCli, database: ScratchDatabase, *options: str) -> CommandResult:
    """Make `b.dump`, past the pooler if there is one."""
    return await cli.run("database", "backup", "b.dump", *options, DATABASE_URL=database.dsn)


async def restore(cli: OperatorCli, database: ScratchDatabase, *options: str) -> CommandResult:
    return await cli.run("database", "restore", "b.dump", *options, DATABASE_URL=database.dsn)


@asynccontextmanager
async def filled(postgres: str, revision: str = "head") -> AsyncIterator[ScratchDatabase]:
    async with scratch_database(postgres) as database:
        await database.upgrade(revision)
        await fill(database)
        yield database


@pytest.fixture
async def source(postgres: str) -> AsyncIterator[ScratchDatabase]:
    """A database with rows in every table, and with text that a file could confuse."""
    async with filled(postgres) as database:
        await database.fetch("UPDATE portfolios SET name = $1 WHERE user_id = $2", ODD, ANN)
        yield database


@pytest.fixture
async def target(postgres: str) -> AsyncIterator[ScratchDatabase]:
    async with scratch_database(postgres) as database:
        yield database


async def test_restores_every_row_of_every_table(
    cli: OperatorCli, source: ScratchDatabase, target: ScratchDatabase
) -> None:
    made = await dump(cli, source, "--json")
    restored = await restore(cli, target, "--json")

    expected, found = await contents_of(source), await contents_of(target)
    entry = take_entry(found)
    assert (made.code, restored.code) == (0, 0), made.error_output + restored.error_output
    assert found == expected
    assert len(found) >= 40
    assert all(rows for name, rows in found.items() if name.startswith("public."))
    assert "database restore file=b.dump" in entry
    assert made.rows["rows"] == sum(map(len, expected.values())) == restored.rows["rows"]
    assert made.rows["tables"] == restored.rows["tables"] == len(expected)


async def test_restores_what_later_writes_need(
    cli: OperatorCli, source: ScratchDatabase, target: ScratchDatabase
) -> None:
    await dump(cli, source)
    await restore(cli, target)

    (cli.folder / "prices.csv").write_text("symbol,date,close\nSPY,2026-01-14,600.50\n")
    again = await cli.run("prices", "import", "prices.csv", DATABASE_URL=target.dsn)
    current = await cli.run("database", "upgrade", DATABASE_URL=target.dsn)

    assert (again.code, current.code) == (0, 0)
    with pytest.raises(Exception, match="audit"):
        await target.fetch("DELETE FROM audit_entries")


async def test_both_are_in_the_audit_trail(
    cli: OperatorCli, source: ScratchDatabase, target: ScratchDatabase
) -> None:
    await dump(cli, source)
    await restore(cli, target)

    [*_, made, restored] = await target.fetch(AUDIT)
    assert made["operation"] == "sigmasight database backup file=b.dump"
    assert restored["operation"] == "sigmasight database restore file=b.dump"
    assert made["actor"].startswith("command:")


async def test_a_database_with_tables_is_replaced_only_when_forced(
    cli: OperatorCli, source: ScratchDatabase, postgres: str
) -> None:
    await dump(cli, source)
    async with filled(postgres) as other:
        await other.fetch("CREATE SCHEMA extra")
        await other.fetch("CREATE TABLE extra.notes AS SELECT 1 AS number")
        await other.fetch("CREATE TYPE mood AS ENUM ('good')")
        before = await contents_of(other)

        refused = await restore(cli, other)
        unchanged = await contents_of(other)
        forced = await restore(cli, other, "--force")
        found = await contents_of(other)

    take_entry(found)
    assert refused.code == 2
    assert "--force" in refused.error_output
    assert "Nothing was changed." in refused.error_output
    assert unchanged == before
    assert forced.code == 0, forced.error_output
    assert found == await contents_of(source)


async def test_a_damaged_file_changes_nothing(cli: OperatorCli, source: ScratchDatabase) -> None:
    await dump(cli, source)
    file = cli.folder / "b.dump"
    whole = file.read_bytes()
    before = await contents_of(source)

    for damaged in (whole[: len(whole) * 2 // 3], whole[:100], b"", b"SELECT 1;\n"):
        file.write_bytes(damaged)
        refused = await restore(cli, source, "--force")

        assert refused.code == 2
        assert "pg_restore" in refused.error_output
    assert await contents_of(source) == before


async def test_a_backup_of_a_later_version_changes_nothing(
    cli: OperatorCli, source: ScratchDatabase
) -> None:
    [head] = await source.fetch("SELECT version_num FROM alembic_version")
    await source.fetch("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    await dump(cli, source)
    await source.fetch("UPDATE alembic_version SET version_num = $1", head["version_num"])
    before = await contents_of(source)

    refused = await restore(cli, source, "--force")

    assert refused.code == 2
    assert "later version of SigmaSight (schema ffffffffffff)" in refused.error_output
    assert await contents_of(source) == before


@pytest.mark.parametrize("revision", [EARLIER, BEFORE_THE_TRAIL])
async def test_a_backup_of_an_earlier_version_is_restored_and_to_be_upgraded(
    cli: OperatorCli, postgres: str, target: ScratchDatabase, revision: str
) -> None:
    async with filled(postgres, revision) as earlier:
        await dump(cli, earlier)
        users = await earlier.fetch("SELECT id FROM users ORDER BY id")
    restored = await restore(cli, target)
    upgraded = await cli.run("database", "upgrade", DATABASE_URL=target.dsn)

    assert (restored.code, upgraded.code) == (0, 0)
    assert "Run: sigmasight database upgrade" in restored.error_output
    unrecorded = "not in the audit trail" in restored.error_output
    assert unrecorded is (revision == BEFORE_THE_TRAIL)
    assert await target.fetch("SELECT id FROM users ORDER BY id") == users


async def test_what_is_no_backup_of_this_product_is_refused(
    cli: OperatorCli, postgres: str, target: ScratchDatabase
) -> None:
    async with scratch_database(postgres) as other:
        refused = await dump(cli, other)

    assert refused.code == 2
    assert "no schema of SigmaSight" in refused.error_output
    assert list(cli.folder.glob("*.dump*")) == list(cli.folder.glob(".*")) == []
    assert await contents_of(target) == {}


async def test_a_file_is_replaced_only_when_asked_and_is_private(
    cli: OperatorCli, source: ScratchDatabase
) -> None:
    file = cli.folder / "b.dump"
    file.write_text("an older one")

    refused = await dump(cli, source)
    kept = file.read_text()
    replaced = await dump(cli, source, "--overwrite")

    assert (refused.code, kept, replaced.code) == (2, "an older one", 0)
    assert "--overwrite" in refused.error_output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(cli.folder.glob(".*")) == []


async def test_a_folder_that_does_not_exist_is_named(
    cli: OperatorCli, source: ScratchDatabase
) -> None:
    refused = await cli.run("database", "backup", "gone/b.dump", DATABASE_URL=source.dsn)

    assert refused.code == 2
    assert "gone cannot be written to" in refused.error_output


async def test_tables_in_use_end_the_restore_with_a_remedy(
    cli: OperatorCli, source: ScratchDatabase
) -> None:
    await dump(cli, source)
    before = await contents_of(source)
    async with in_use(source):
        refused = await restore(cli, source, "--force")

    assert refused.code == 2
    assert "stop the servers and workers first" in refused.error_output
    assert await contents_of(source) == before


@asynccontextmanager
async def in_use(database: ScratchDatabase) -> AsyncIterator[None]:
    """Have a transaction open that has read the users."""
    connection: Any = await asyncpg.connect(database.dsn)
    async with connection.transaction():
        await connection.execute("SELECT FROM users LIMIT 1")
        yield
    await connection.close()


async def test_a_backup_is_of_one_instant_while_others_write(
    cli: OperatorCli, source: ScratchDatabase, target: ScratchDatabase
) -> None:
    await source.fetch("CREATE TABLE counters AS SELECT 0 AS number")
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            await source.fetch(
                "WITH a AS (INSERT INTO counters VALUES (1))"
                " UPDATE symbol_betas SET symbol = symbol"
            )

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        made = await dump(cli, source)
        done.set()
    restored = await restore(cli, target)

    assert (made.code, restored.code) == (0, 0), made.error_output
    [row] = await target.fetch("SELECT count(*) AS count FROM counters")
    assert row["count"] > 0


async def test_behind_a_pooler_says_to_connect_directly(
    cli: OperatorCli, source: ScratchDatabase
) -> None:
    async with postgres_proxy(source.dsn, PoolerStandIn) as pooler:
        behind = ScratchDatabase(pooler.dsn)
        made = await dump(cli, behind)
    async with postgres_proxy(source.dsn) as proxy:
        direct = await dump(cli, ScratchDatabase(proxy.dsn))

    assert (made.code, direct.code) == (2, 0), direct.error_output
    assert "address of Postgres itself" in made.error_output
