"""`sigmasight webhooks` over a real database."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person

ANN: Final = a_person("ann")
CREATED: Final = json.dumps(ANN.created(0)).encode()
SUBSCRIBED: Final = json.dumps(ANN.subscribed(1)).encode()


def ago(days: int) -> datetime:
    return datetime.fromtimestamp(time.time(), UTC) - timedelta(days=days)


async def outcomes(rows: Rows) -> dict[str, str]:
    kept = await rows.all("SELECT svix_id, outcome FROM webhook_inbox")
    return {row["svix_id"]: row["outcome"] for row in kept}


async def test_list_shows_newest_first_of_one_outcome_or_of_all(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.put_webhook("msg_old", b"x", received_at=ago(2))
    await rows.put_webhook("msg_new", CREATED, outcome="received", error=None)

    everything, as_json = await cli.run_both_formats("webhooks", "list")
    failed = await cli.run("webhooks", "list", "--outcome", "failed", "--json")

    assert everything.text.index("msg_new") < everything.text.index("msg_old")
    assert [row["svix_id"] for row in as_json.rows] == ["msg_new", "msg_old"]
    assert [row["svix_id"] for row in failed.rows] == ["msg_old"]
    assert set(as_json.rows[0]) == {"svix_id", "type", "outcome", "received_at", "error"}
    assert (everything.code, as_json.code, failed.code) == (0, 0, 0)


async def test_show_has_the_body_as_it_came(cli: OperatorCli, rows: Rows) -> None:
    await rows.put_webhook("msg_1", b'{"odd": "[red]\xff"}')

    plain, as_json = await cli.run_both_formats("webhooks", "show", "msg_1")

    assert '"[red]' in plain.text
    assert as_json.rows["body"] == '{"odd": "[red]�"}'
    assert (plain.code, as_json.code) == (0, 0)


async def test_replay_applies_what_is_understood_now_and_exits_with_1_while_one_fails(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.put_webhook("msg_1", CREATED)
    await rows.put_webhook("msg_2", b"not json")

    plain = await cli.run("webhooks", "replay", "msg_1")
    as_json = await cli.run("webhooks", "replay", "msg_1", "msg_2", "--json")

    assert (plain.code, as_json.code) == (0, 1)
    assert "user.created" in plain.text
    assert [row["outcome"] for row in as_json.rows] == ["received", "failed"]
    assert (await rows.user(ANN))["email"] == ANN.email


async def test_replay_failed_replays_all_failed_deliveries_in_order(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.put_webhook("msg_later", SUBSCRIBED)
    await rows.put_webhook("msg_earlier", CREATED, received_at=ago(1))

    as_json = await cli.run("webhooks", "replay-failed", "--json")
    plain = await cli.run("webhooks", "replay-failed")

    assert [row["svix_id"] for row in as_json.rows] == ["msg_earlier", "msg_later"]
    assert "none" in plain.error_output
    assert (as_json.code, plain.code) == (0, 0)
    assert await outcomes(rows) == {"msg_later": "received", "msg_earlier": "received"}
    assert (await rows.user(ANN))["tier"] == "paid"


async def test_prune_deletes_old_deliveries_except_failed_ones(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.put_webhook("msg_older", CREATED, outcome="received", received_at=ago(91))
    await rows.put_webhook("msg_old", CREATED, outcome="ignored", received_at=ago(31))
    await rows.put_webhook("msg_failed", b"x", received_at=ago(91))
    await rows.put_webhook("msg_new", CREATED, outcome="received")

    plain = await cli.run("webhooks", "prune")
    as_json = await cli.run("webhooks", "prune", "--days", "30", "--json")
    absurd = await cli.run_refused("webhooks", "prune", "--days", "1000000000")

    assert "Deleted: 1 delivery older than 90 days." in plain.text
    assert (plain.code, as_json.code, as_json.rows) == (0, 0, {"pruned": 1})
    assert set(await outcomes(rows)) == {"msg_failed", "msg_new"}
    assert "not in the range" in absurd


async def test_an_unknown_id_is_refused_by_name(cli: OperatorCli) -> None:
    assert await cli.run_refused("webhooks", "show", "msg_x") == (
        "Error There is no stored webhook msg_x."
    )
    assert "no stored webhook msg_y" in await cli.run_refused(
        "webhooks", "replay", "msg_y", "--json"
    )
    assert "no stored webhook" in await cli.run_refused("webhooks", "show", "msg_\udcff")


async def test_one_wrong_id_among_several_is_refused_before_any_is_replayed(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.put_webhook("msg_1", CREATED)
    before = await rows.all("SELECT * FROM webhook_inbox")

    assert "no stored webhook msg_y" in await cli.run_refused(
        "webhooks", "replay", "msg_1", "msg_y"
    )
    assert await rows.all("SELECT * FROM webhook_inbox") == before


async def test_dismissing_a_failed_delivery_makes_health_well_and_leaves_the_row(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.put_webhook("msg_1", b"{}")

    dismissed = await cli.run("webhooks", "dismiss", "msg_1", "--json")
    again = await cli.run_refused("webhooks", "dismiss", "msg_1")
    unknown = await cli.run_refused("webhooks", "dismiss", "msg_2")

    assert dismissed.rows["outcome"] == "dismissed"
    assert "is dismissed" in again
    assert "msg_2" in unknown
    assert await rows.webhook_outcomes() == {"dismissed": 1}
