"""`sigmasight database distribute` where there is no Citus."""

from tests.integration.cli.operator_cli import OperatorCli


async def test_without_citus_it_is_refused_with_the_remedy(cli: OperatorCli) -> None:
    unasked = await cli.run_refused("database", "distribute")
    refused = await cli.run_refused("database", "distribute", "--no-prompt")

    assert "confirm with --no-prompt" in unasked
    assert "run CREATE EXTENSION citus" in refused


async def test_the_statements_can_be_read_beforehand(cli: OperatorCli) -> None:
    plan = await cli.run("database", "distribute", "--dry-run")

    assert plan.code == 0
    assert "SELECT create_reference_table('users');" in plan.text.splitlines()
