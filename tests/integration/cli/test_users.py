"""`sigmasight users` over a real database, with Clerk and without."""

from typing import Final

from sigmasight.entrypoints.local.clerk.instance import NewAccount
from tests.integration.cli.operator_cli import OperatorCli, clerk_settings
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.fakes.clerk import FakeClerk

ANN: Final = a_person("ann")
BOB: Final = a_person("bob")
OLD: Final = "old@example.com"


async def test_list_shows_all_in_the_order_of_their_ids(cli: OperatorCli, rows: Rows) -> None:
    ids = sorted([str(await rows.add_user(ANN)), str(await rows.add_user_from_before_clerk(OLD))])

    plain, as_json = await cli.run_both_formats("users", "list")
    first = await cli.run("users", "list", "--limit", "1")
    rest = await cli.run("users", "list", "--after", ids[0], "--json")
    unlinked = await cli.run("users", "list", "--unlinked", "--json")

    assert ANN.email in plain.text
    assert [row["id"] for row in as_json.rows] == ids
    assert f"--after {ids[0]}" in first.error_output
    assert [row["id"] for row in rest.rows] == ids[1:]
    assert [row["email"] for row in unlinked.rows] == [OLD]
    assert (plain.code, as_json.code) == (0, 0)


async def test_show_has_a_users_profile_and_subscription(cli: OperatorCli, rows: Rows) -> None:
    user = await rows.add_user(ANN, tier="paid")

    plain, as_json = await cli.run_both_formats("users", "show", ANN.email.upper())

    assert str(user) in plain.text
    result = as_json.rows
    assert (result["id"], result["clerk_user_id"], result["tier"]) == (
        str(user),
        ANN.id,
        "paid",
    )
    assert result["subscription_items"] == []
    assert (plain.code, as_json.code) == (0, 0)


async def test_link_links_a_user_to_an_account_of_clerk_and_no_other(
    cli: OperatorCli, rows: Rows, clerk: FakeClerk
) -> None:
    await rows.add_user(BOB)
    await rows.add_user_from_before_clerk(OLD)
    account = clerk.instance.create(
        NewAccount([ANN.email], first_name="Ann", skip_password_requirement=True)
    ).id

    unknown = await cli.run_refused("users", "link", OLD, "user_nobody", **clerk_settings(clerk))
    plain = await cli.run("users", "link", OLD, account, **clerk_settings(clerk))
    as_json = await cli.run("users", "link", ANN.email, account, "--json", **clerk_settings(clerk))
    taken = await cli.run_refused("users", "link", BOB.email, account, **clerk_settings(clerk))

    assert "The identity provider has no account user_nobody." in unknown
    assert (plain.code, as_json.code) == (0, 0)
    assert account in plain.text
    assert (as_json.rows["email"], as_json.rows["full_name"]) == (ANN.email, "Ann")
    assert f"{account} belongs to user" in taken


async def test_a_banned_user_is_shown_as_such(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN, bar="banned")

    plain, as_json = await cli.run_both_formats("users", "show", ANN.id)

    assert (as_json.rows["barred"], as_json.rows["is_active"]) == ("banned", True)
    assert "banned" in plain.text


async def test_deactivate_changes_nothing_else_in_the_row(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN)
    before = await rows.user(ANN)

    unasked = await cli.run_refused("users", "deactivate", ANN.id)
    untouched = await rows.user(ANN)
    plain, as_json = await cli.run_both_formats("users", "deactivate", ANN.id, "--yes")

    assert "--yes" in unasked
    assert untouched == before

    assert (plain.code, as_json.code, as_json.rows["is_active"]) == (0, 0, False)
    after = await rows.user(ANN)
    assert after == {**before, "is_active": False, "updated_at": after["updated_at"]}


async def test_an_unknown_user_is_refused_by_name(cli: OperatorCli) -> None:
    refusals = [
        await cli.run_refused("users", "show", "nobody@example.com", "--json"),
        await cli.run_refused("users", "deactivate", "user_nobody", "--yes"),
    ]

    for refusal, name in zip(refusals, ("nobody@example.com", "user_nobody"), strict=True):
        assert (
            f"There is no user {name}: give a user id, an account id or an email address."
            in refusal
        )


async def test_deactivating_and_linking_can_be_undone(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN)

    await cli.run("users", "deactivate", ANN.email, "--yes")
    inactive = await cli.run("users", "list", "--state", "inactive", "--json")
    active = await cli.run("users", "activate", ANN.email, "--json")
    refused = await cli.run_refused("users", "unlink", ANN.email)
    wrong = await cli.run_refused("users", "unlink", ANN.email, "--email", "nobody", "--yes")
    unlinked = await cli.run("users", "unlink", ANN.email, "--email", OLD, "--yes", "--json")

    assert [row["email"] for row in inactive.rows] == [ANN.email]
    assert (active.rows["state"], active.rows["is_active"]) == ("active", True)
    assert "--yes" in refused
    assert "--email" in wrong
    assert (unlinked.rows["email"], unlinked.rows["clerk_user_id"]) == (OLD, None)


async def test_list_narrows_by_search_tier_and_state(cli: OperatorCli, rows: Rows) -> None:
    await rows.add_user(ANN, tier="paid")
    await rows.add_user(BOB)

    found = [
        await cli.run("users", "list", *options, "--json")
        for options in (("--search", "ANN@"), ("--tier", "free"), ("--state", "deleted"))
    ]

    assert [[row["email"] for row in each.rows] for each in found] == [[ANN.email], [BOB.email], []]
