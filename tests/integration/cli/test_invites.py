"""`sigmasight invites` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person

ANN = a_person("ann")


async def test_people_are_let_in_and_out_and_listed(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN)
    await rows.all("UPDATE users SET invite_validated = false")

    allowed = await cli.run("invites", "allow", ANN.email, "--json")
    again = await cli.run("invites", "allow", ANN.email)
    plain, listed = await cli.run_both_formats("invites", "list")
    refused = await cli.run_refused("invites", "withdraw", ANN.email)
    withdrawn = await cli.run("invites", "withdraw", ANN.email, "--yes")
    nobody = await cli.run("invites", "list", "--code", "EARLY", "--json")

    assert allowed.rows == {"changed": True}
    assert "before" in again.text
    assert [(each["email"], each["code"]) for each in listed.rows] == [(ANN.email, None)]
    assert ANN.email in plain.text
    assert "--yes" in refused
    assert "needs an invite code" in withdrawn.text
    assert nobody.rows == []
    actions = await rows.all("SELECT action FROM audit_entries WHERE action <> 'command'")
    assert [each["action"] for each in actions] == ["invite_allowed", "invite_withdrawn"]
