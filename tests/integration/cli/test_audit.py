"""`sigmasight audit` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person


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
    cli: OperatorCli, rows: Rows
) -> None:
    [name] = await rows.all("SELECT current_database()")
    database = f'ALTER DATABASE "{name["current_database"]}"'
    await rows.all(f"{database} SET default_transaction_read_only = on")

    answer = await cli.run("users", "list")

    await rows.all("SET transaction_read_only = off")
    await rows.all(f"{database} RESET default_transaction_read_only")
    assert answer.code == 0
    assert "not in the audit trail" in answer.error_output
