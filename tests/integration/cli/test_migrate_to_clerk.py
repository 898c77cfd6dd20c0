"""`sigmasight users migrate-to-clerk` from a real database to a Clerk on the loopback."""

from typing import Final

from sigmasight.entrypoints.local.clerk.instance import NewAccount
from sigmasight.entrypoints.local.clerk.state import EmailAddress
from tests.integration.cli.operator_cli import OperatorCli, clerk_settings
from tests.integration.database_rows import Rows
from tests.support.fakes.clerk import FakeClerk

HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"
COUNT: Final = 30
TAKEN: Final = "7@example.com"


async def put_legacy_users(rows: Rows) -> dict[str, str]:
    """Put 30 users from before Clerk there, and return their ids by address."""
    return {
        email: str(await rows.put(email=email, hashed_password=HASH, full_name="Known Before"))
        for email in (f"{number}@example.com" for number in range(COUNT))
    }


def put_unverified(clerk: FakeClerk, email: str) -> None:
    wanted = NewAccount([email], skip_password_requirement=True)
    account = clerk.instance.create(wanted)
    account.addresses = [EmailAddress(account.addresses[0].id, email, verified=False)]
    clerk.instance.put(account)


async def test_of_30_users_all_but_the_refused_one_are_migrated_once(
    cli: OperatorCli, rows: Rows, clerk: FakeClerk
) -> None:
    ids = await put_legacy_users(rows)
    put_unverified(clerk, TAKEN)
    command = ("users", "migrate-to-clerk")

    dry = await cli.run(*command, "--dry-run", "--json", **clerk_settings(clerk))
    unchanged = len(clerk.instance.state.accounts)
    first = await cli.run(*command, "--json", **clerk_settings(clerk))
    again = await cli.run(*command, **clerk_settings(clerk))

    assert (dry.code, first.code, again.code) == (1, 1, 1)
    assert unchanged == 1
    assert {row["email"]: row["step"] for row in dry.rows} == {
        email: "failed" if email == TAKEN else "create" for email in ids
    }
    assert {row["email"]: row["step"] for row in first.rows} == {
        row["email"]: row["step"] for row in dry.rows
    }
    assert TAKEN in again.text
    assert "not the verified primary address" in again.text
    accounts = clerk.instance.state.accounts.values()
    made = {account.external_id: account for account in accounts if account.external_id}
    assert len(accounts) == COUNT
    assert set(made) == {user for email, user in ids.items() if email != TAKEN}
    assert {account.password_hasher for account in made.values()} == {"argon2id"}
    linked = await rows.all("SELECT id, clerk_user_id FROM users WHERE clerk_user_id IS NOT NULL")
    assert {str(row["id"]): row["clerk_user_id"] for row in linked} == {
        user: account.id for user, account in made.items()
    }


async def test_a_second_run_has_nothing_to_migrate(cli: OperatorCli, clerk: FakeClerk) -> None:
    answer = await cli.run("users", "migrate-to-clerk", "--json", **clerk_settings(clerk))

    assert (answer.code, answer.rows) == (0, [])


async def test_without_a_secret_key_the_missing_setting_is_named(
    cli: OperatorCli, rows: Rows
) -> None:
    await rows.add_user_from_before_clerk("old@example.com")

    assert "set CLERK_SECRET_KEY." in await cli.run_refused("users", "migrate-to-clerk")


async def test_an_unreachable_clerk_ends_the_run(cli: OperatorCli, rows: Rows) -> None:
    await put_legacy_users(rows)
    settings = {"CLERK_API_URL": "http://127.0.0.1:1/v1", "CLERK_SECRET_KEY": "sk_test_x"}

    refusal = await cli.run_refused("users", "migrate-to-clerk", **settings)

    assert "Interrupted after 2 users. Run it again to continue." in refusal
    assert "The identity provider does not answer." in refusal
    assert await rows.count("FROM users WHERE clerk_user_id IS NOT NULL") == 0
