"""`sigmasight fixes` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows

PUT = """
WITH operator AS (
    INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'olga@example.com') RETURNING id
)
INSERT INTO fixes (id, task, requested_by, created_at, status, portfolios, stages_done, seen,
                   snapshots_cleared, calculations_given_up, portfolios_seeded,
                   calculations_started, calculations_skipped, tries)
SELECT gen_random_uuid(), task, operator.id, at, status, 3, 0, seen, 7, 0, 0, 0, 0, 1
FROM operator, (VALUES
    ('clear-calculations', timestamptz '2026-01-15 12:00Z', 'running', 2),
    ('run-batch', timestamptz '2026-01-16 12:00Z', 'pending', 0)
) AS asked (task, at, status, seen)
"""


async def test_list_shows_operator_task_and_time_newest_first(cli: OperatorCli, rows: Rows) -> None:
    await rows.all(PUT)

    plain, as_json = await cli.run_both_formats("fixes", "list")
    one = await cli.run("fixes", "list", "--limit", "1", "--json")

    assert [row["task"] for row in as_json.rows] == ["run-batch", "clear-calculations"]
    assert [row["task"] for row in one.rows] == ["run-batch"]
    clearing = as_json.rows[1]
    assert clearing["requested_by"] == "olga@example.com"
    assert clearing["created_at"] == "2026-01-15T12:00:00Z"
    assert (clearing["status"], clearing["progress"]) == ("running", "2 of 3")
    assert clearing["snapshots_cleared"] == 7
    assert "olga@example.com" in plain.text
    assert "2026-01-15 12:00:00Z" in plain.text
    assert (plain.code, as_json.code) == (0, 0)


async def test_an_empty_list_is_reported(cli: OperatorCli) -> None:
    assert (await cli.run("fixes", "list")).error_output == "Fixes: none."
