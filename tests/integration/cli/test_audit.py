"""`sigmasight audit` over a real database."""

from typing import Final

import asyncpg

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person

END_SESSIONS: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


async def set_read_only(postgres: str, database: str, value: str) -> None:
    """Set it for all sessions to come, and end the ones before, which a pooler would use again."""
    connection = await asyncpg.connect(postgres)
    await connection.execute(
        f'ALTER DATABASE "{database}" SET default_transaction_read_only = {value}'
    )
    await connection.execute(END_SESSIONS, database)
    await connection.close()


async def test_commands_are_recorded_with_who_ran_them(cli: OperatorCli, rows: Rows) -> None:
    ann = a_person("ann")
    await rows.add_user(ann)
    await cli.run("users", "deactivate", ann.email, "--yes")

    plain = await cli.run("audit", "list", "--action", "command")
    as_json = await cli.run("audit", "list", "--json")

    deactivated = [entry for entry in as_json.rows if "deactivate" in str(entry["details"])]
    assert len(deactivated) == 1
    assert deactivated[0]["actor"].startswith("command:")
    assert deactivated[0]["details"]["operation"].endswith(
        f"users deactivate user={ann.email} yes=True"
    )
    assert ann.email in plain.text
    assert (plain.code, as_json.code) == (0, 0)


async def test_a_command_on_a_standby_says_that_it_is_not_recorded(
    cli: OperatorCli, rows: Rows, postgres: str
) -> None:
    [row] = await rows.all("SELECT current_database() AS name")
    await set_read_only(postgres, row["name"], "on")

    answer = await cli.run("users", "list")

    await set_read_only(postgres, row["name"], "off")
    assert answer.code == 0
    assert "not in the audit trail" in answer.error_output
