"""What operators' commands say of a database they cannot work on."""

from dataclasses import replace
from typing import Final

from tests.integration.cli.operator_cli import Desk
from tests.integration.local.development import sigmasight
from tests.integration.postgres.scratch_database import scratch_database

GONE: Final = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_without_our_schema_is_refused(desk: Desk, postgres: str) -> None:
    async with scratch_database(postgres) as scratch:
        refusal = await replace(desk, dsn=scratch.dsn).refused("webhooks", "list")

    assert "The database is not at this version's schema: upgrade it first." in refusal
    assert "Run: sigmasight database upgrade" in refusal


async def test_that_does_not_exist_is_refused_by_name(desk: Desk, postgres: str) -> None:
    async with scratch_database(postgres) as scratch:
        gone = replace(desk, dsn=scratch.dsn)

    assert "does not exist" in await gone.refused("users", "list", "--json")


async def test_that_does_not_answer_is_refused_by_the_command_as_it_is_installed(
    desk: Desk,
) -> None:
    run = sigmasight("users", "list", "--json", cwd=desk.folder, DATABASE_URL=GONE)

    assert (run.returncode, run.stdout) == (2, "")
    assert "The database cannot answer now." in run.stderr
    assert "Traceback" not in run.stderr


async def test_of_another_kind_is_named_as_a_setting(desk: Desk) -> None:
    refusal = await replace(desk, dsn="mysql://me:hunter2@db/x").refused("webhooks", "list")

    assert "DATABASE_URL must start with postgresql://" in refusal
    assert "hunter2" not in refusal


async def test_that_does_not_answer_is_not_upgraded_and_says_why(desk: Desk) -> None:
    told = await replace(desk, dsn=GONE).run("database", "upgrade")

    assert told.code == 2
    assert "The database cannot answer now." in told.complaint
    assert "Connect call failed ('127.0.0.1', 1)" in told.complaint


async def test_has_no_revision_of_a_name_nobody_gave(desk: Desk) -> None:
    told = await desk.run("database", "upgrade", "nope")

    assert told.code == 2
    assert "Can't locate revision identified by 'nope'." in told.complaint


async def test_whose_user_may_not_make_tables_says_so(desk: Desk, postgres: str) -> None:
    async with scratch_database(postgres) as scratch:
        [row] = await scratch.fetch("SELECT current_database() AS name")
        await scratch.fetch(f"ALTER DATABASE {row['name']} SET role = 'pg_monitor'")
        told = await replace(desk, dsn=scratch.dsn).run("database", "upgrade")

    assert told.code == 2
    assert "The database's user may not do that: permission denied" in told.complaint
