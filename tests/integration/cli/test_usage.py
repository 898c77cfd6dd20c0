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
    assert {**shown.rows, "history": None} == {**granted.rows, "history": None}
    assert shown.rows["history"][0]["used"] == 100
    assert "125" in plain.text
    [entry] = await rows.all("SELECT kind, amount, reason FROM ai_message_ledger")
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
    assert nobody.text == "No user has used 100 % of their limit.\n"
