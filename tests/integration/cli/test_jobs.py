"""`sigmasight jobs` over a real database."""

from uuid import uuid4

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person

ADD = """
INSERT INTO fixes (
    id, task, requested_by, created_at, status, portfolios, stages_done, seen, snapshots_cleared,
    calculations_given_up, portfolios_seeded, calculations_started, calculations_skipped, tries
) VALUES ($1, 'fix-all', $2, now(), 'pending', 0, 0, 0, 0, 0, 0, 0, 0, 0)
"""


async def test_jobs_are_listed_shown_canceled_and_retried(cli: OperatorCli, rows: Rows) -> None:
    operator = await rows.add_user(a_person("ann"))
    job = uuid4()
    await rows.all(ADD, job, operator)

    plain, listed = await cli.run_both_formats("jobs", "list")
    refused = await cli.run_refused("jobs", "cancel", str(job))
    canceled = await cli.run("jobs", "cancel", str(job), "--yes", "--json")
    failed = await cli.run("jobs", "list", "--status", "failed", "--json")
    retried = await cli.run("jobs", "retry", str(job), "--json")
    shown = await cli.run("jobs", "show", str(job), "--json")
    unknown = await cli.run_refused("jobs", "show", str(uuid4()))

    assert str(job) in plain.text
    assert [(each["id"], each["status"]) for each in listed.rows] == [(str(job), "pending")]
    assert "--yes" in refused
    assert canceled.rows["error"] == "An operator has canceled it."
    assert [each["id"] for each in failed.rows] == [str(job)]
    assert retried.rows["status"] == shown.rows["status"] == "running"
    assert "no job" in unknown
    assert len(await rows.all("SELECT 1 FROM jobs.pgqueuer")) == 1
