"""`sigmasight retention` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows

ADD = """
INSERT INTO webhook_inbox (svix_id, type, outcome, attempted_at, received_at, body)
SELECT 'msg_' || age, 'x', 'received', now() - age * interval '1 day',
       now() - age * interval '1 day', '{}'
FROM unnest($1::int[]) AS age
"""


async def test_what_has_expired_is_shown_and_deleted_once_it_is_confirmed(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.all(ADD, [1, 89, 91, 400])

    plain, shown = await cli.run_both_formats("retention", "show")
    refused = await cli.run_refused("retention", "apply")
    deleted = await cli.run("retention", "apply", "--yes", "--json")
    again = await cli.run("retention", "apply", "--json")

    expired = {each["kind"]: each["expired"] for each in shown.rows}
    assert expired == {**dict.fromkeys(expired, 0), "webhooks": 2}
    assert "webhooks" in plain.text
    assert "Delete 2 expired records?" in refused
    assert {each["kind"]: each["deleted"] for each in deleted.rows} == expired
    assert not any(each["deleted"] for each in again.rows)
    left = [each["svix_id"] for each in await rows.all("SELECT svix_id FROM webhook_inbox")]
    assert sorted(left) == ["msg_1", "msg_89"]


async def test_the_periods_are_settings(cli: OperatorCli, rows: Rows) -> None:
    await rows.all(ADD, [1, 89])

    deleted = await cli.run("retention", "apply", "--yes", "--json", WEBHOOK_RETENTION_DAYS="7")

    assert {each["kind"]: each["deleted"] for each in deleted.rows}["webhooks"] == 1
