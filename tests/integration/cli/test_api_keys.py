"""`sigmasight users api-keys` and `revoke-api-key`."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows

KEY = "11111111-2222-4333-8444-666666666666"


async def test_keys_are_listed_without_their_hash_and_revoked(cli: OperatorCli, rows: Rows) -> None:
    ann = await rows.put(email="ann@example.com")
    await rows.add_api_key(KEY, ann)

    listed = await cli.run("users", "api-keys", "ann@example.com", "--json")
    unconfirmed = await cli.run_refused("users", "revoke-api-key", str(ann), KEY)
    revoked = await cli.run("users", "revoke-api-key", str(ann), KEY, "--yes", "--json")
    again = await cli.run_refused("users", "revoke-api-key", str(ann), KEY, "--yes")

    [key] = listed.rows
    assert (key["id"], key["name"], key["prefix"]) == (KEY, "Notebook", "ss_live_abcdef")
    assert "digest" not in key
    assert "--yes" in unconfirmed
    assert revoked.rows["id"] == KEY
    assert "No such API key." in again
    assert await rows.count("FROM api_keys") == 0
    assert await rows.count("FROM audit_entries WHERE action = $1", "api_key_revoked") == 1
