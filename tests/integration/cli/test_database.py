"""Operators' commands on a database that they cannot use."""

from dataclasses import replace
from typing import Final

import pytest

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.local.development import sigmasight
from tests.integration.postgres.scratch_database import scratch_database

GONE: Final = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_without_our_schema_is_refused(cli: OperatorCli, postgres: str) -> None:
    async with scratch_database(postgres) as scratch:
        refusal = await replace(cli, dsn=scratch.dsn).run_refused("webhooks", "list")

    assert "The database schema is not at this version. Run: sigmasight database upgrade" in refusal


async def test_that_does_not_exist_is_refused_by_name(cli: OperatorCli, postgres: str) -> None:
    async with scratch_database(postgres) as scratch:
        gone = replace(cli, dsn=scratch.dsn)

    assert "does not exist" in await gone.run_refused("users", "list", "--json")


async def test_that_does_not_answer_is_refused_by_the_command_as_it_is_installed(
    cli: OperatorCli,
) -> None:
    run = sigmasight("users", "list", "--json", cwd=cli.folder, DATABASE_URL=GONE)

    assert (run.returncode, run.stdout) == (2, "")
    assert "The database cannot answer now." in run.stderr
    assert "Traceback" not in run.stderr


async def test_of_another_kind_is_named_as_a_setting(cli: OperatorCli) -> None:
    refusal = await replace(cli, dsn="mysql://me:hunter2@db/x").run_refused("webhooks", "list")

    assert "DATABASE_URL must start with postgresql://" in refusal
    assert "hunter2" not in refusal


async def test_that_does_not_answer_is_not_upgraded_and_the_reason_is_shown(
    cli: OperatorCli,
) -> None:
    result = await replace(cli, dsn=GONE).run("database", "upgrade")

    assert result.code == 2
    assert "The database cannot answer now." in result.error_output
    assert "Connect call failed ('127.0.0.1', 1)" in result.error_output


async def test_has_no_unknown_revision(cli: OperatorCli) -> None:
    result = await cli.run("database", "upgrade", "nope")

    assert result.code == 2
    assert "Can't locate revision identified by 'nope'." in result.error_output


async def test_whose_user_may_not_create_tables_is_reported(
    cli: OperatorCli, postgres: str
) -> None:
    async with scratch_database(postgres) as scratch:
        [row] = await scratch.fetch("SELECT current_database() AS name")
        await scratch.fetch(f"ALTER DATABASE {row['name']} SET role = 'pg_monitor'")
        result = await replace(cli, dsn=scratch.dsn).run("database", "upgrade")

    assert result.code == 2
    assert "The database's user lacks a permission: permission denied" in result.error_output


@pytest.mark.parametrize("command", [("drop-all",), ("downgrade", "base"), ("stamp", "head")])
async def test_a_destructive_command_without_a_terminal_needs_its_flag(
    cli: OperatorCli, postgres: str, command: tuple[str, ...]
) -> None:
    async with scratch_database(postgres) as scratch:
        own = replace(cli, dsn=scratch.dsn)
        await own.run("database", "upgrade")
        before = await scratch.fetch("SELECT count(*) AS tables FROM pg_tables")

        refused = await own.run("database", *command)

        assert refused.code == 2
        assert "--no-prompt" in refused.error_output
        assert await scratch.fetch("SELECT count(*) AS tables FROM pg_tables") == before


async def test_after_everything_was_dropped_the_schema_is_made_again(
    cli: OperatorCli, postgres: str
) -> None:
    async with scratch_database(postgres) as scratch:
        own = replace(cli, dsn=scratch.dsn)
        upgraded = [await own.run("database", "upgrade")]

        dropped = await own.run("database", "drop-all", "--no-prompt")
        left = await scratch.fetch(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        upgraded.append(await own.run("database", "upgrade"))
        stamped = await own.run("database", "stamp", "head", "--no-prompt")

        assert [each.code for each in (*upgraded, dropped, stamped)] == [0, 0, 0, 0]
        assert left == []
        assert await scratch.fetch("SELECT count(*) AS count FROM jobs.pgqueuer") == [{"count": 0}]
