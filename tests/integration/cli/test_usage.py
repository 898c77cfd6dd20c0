"""`sigmasight usage` over a real database."""

from typing import Final

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person

ANN: Final = a_person("ann")
BOB: Final = a_person("bob")


async def test_a_grant_adds_to_the_limit_and_is_stored_with_its_reason(
    cli: OperatorCli, rows: Rows
) -> None:
    user = await rows.add_user(ANN, ai_messages_used=100)

    granted = await cli.run("usage", "grant", ANN.email, "25", "--reason", "an outage", "--json")
    plain, shown = await cli.run_both_formats("usage", "show", str(user))

    assert granted.rows == {
        **granted.rows,
        "used": 100,
        "limit": 125,
        "granted": 25,
        "remaining": 25,
    }
    assert shown.rows == {
        **shown.rows,
        **{name: granted.rows[name] for name in granted.rows if name != "grant"},
    }
    assert shown.rows["history"][0]["used"] == 100
    assert "125" in plain.text
    [entry] = await rows.all("SELECT kind, amount, reason FROM ai_message_ledger")
    assert [each["id"] for each in shown.rows["grants"]] == [granted.rows["grant"]]
    assert tuple(entry.values()) == ("granted", 25, "an outage")


async def test_a_grant_without_a_reason_or_a_valid_count_is_refused(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.add_user(ANN)

    refusals = [
        await cli.run("usage", "grant", ANN.email, "5"),
        await cli.run("usage", "grant", ANN.email, "5", "--reason", " "),
        await cli.run("usage", "grant", ANN.email, "0", "--reason", "x"),
        await cli.run("usage", "grant", "nobody@example.com", "5", "--reason", "x"),
    ]

    assert [refusal.code for refusal in refusals] == [2, 2, 2, 2]
    assert await rows.all("SELECT * FROM ai_message_ledger") == []


async def test_the_report_names_who_is_near_their_limit(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN, ai_messages_used=95)
    await rows.add_user(BOB, ai_messages_used=10)

    plain, as_json = await cli.run_both_formats("usage", "report")
    nobody = await cli.run("usage", "report", "--from", "100")

    assert [(row["email"], row["used"], row["limit"]) for row in as_json.rows] == [
        (ANN.email, 95, 100)
    ]
    assert ANN.email in plain.text
    assert BOB.email not in plain.text
    assert (nobody.text, nobody.error_output) == ("", "No user has used 100 % of their limit.")


async def test_one_id_grants_once_and_is_taken_back_once(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN)
    words = "users", "grant", ANN.email, "25", "--reason", "an outage", "--id", "outage-7"

    first = await cli.run(*words, "--json")
    again = await cli.run(*words)
    other = await cli.run_refused(*words[:3], "30", *words[4:])
    shown = await cli.run("usage", "show", ANN.email, "--json")
    revoked = await cli.run("users", "revoke-grant", ANN.email, "outage-7", "--json")
    twice = await cli.run("users", "revoke-grant", ANN.email, first.rows["grant"])
    unknown = await cli.run_refused("users", "revoke-grant", ANN.email, "outage-8")

    assert first.rows["limit"] == 125
    assert "not again" in again.error_output
    assert "another number" in other
    assert [each["count"] for each in shown.rows["grants"]] == [25]
    assert revoked.rows["limit"] == 100
    assert "revoked before" in twice.error_output
    assert "no grant" in unknown
    changes = await rows.all("SELECT action FROM audit_entries WHERE action <> 'command'")
    assert [each["action"] for each in changes] == ["messages_granted", "grant_revoked"]
