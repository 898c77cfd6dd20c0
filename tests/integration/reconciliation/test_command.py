"""`sigmasight billing reconcile` as an operator types it, among thousands of users of Clerk."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest

from sigmasight.entrypoints.local.clerk.signing import SECRET_KEY
from tests.integration.database_rows import Rows
from tests.integration.local_clerk import clerk
from tests.integration.polling import wait_until
from tests.integration.reconciliation.reconciler import FAR, add_accounts, add_subscription
from tests.support.builders import signing
from tests.support.builders.clerk_users import Person, a_person
from tests.support.fakes.clerk import FakeClerk
from tests.support.servers.api_servers import running
from tests.support.servers.pooler import database_settings

__all__ = ["clerk"]

SIGMASIGHT: Final = Path(sys.executable).with_name("sigmasight")
TIERS: Final = "SELECT clerk_user_id, tier, tier_expires_at, is_active FROM users"


def pays(number: int) -> bool:
    return number % 3 == 0


def is_missing(number: int) -> bool:
    return number % 100 == 7


def is_paid_at_clerk_only(number: int) -> bool:
    return number % 150 == 9


def is_paid_here_only(number: int) -> bool:
    return number % 200 == 11


def is_canceled_at_clerk_only(number: int) -> bool:
    return number % 250 == 12


def run(
    dsn: str, clerk: FakeClerk, *options: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [SIGMASIGHT, "billing", "reconcile", "--json", *options],
        env={
            "PATH": os.environ["PATH"],
            **database_settings(dsn),
            "CLERK_ISSUER": signing.ISSUER,
            "CLERK_API_URL": f"{clerk.url}/v1",
            "CLERK_SECRET_KEY": SECRET_KEY,
            **settings,
        },
        cwd="/",  # no `.env` there
        capture_output=True,
        text=True,
        check=False,
    )


def reconcile(dsn: str, clerk: FakeClerk, *options: str) -> tuple[int, list[tuple[str, str]]]:
    """Run the command, and return its exit code and what differs."""
    ended = run(dsn, clerk, *options)
    assert ended.returncode in {0, 1}, ended.stderr
    drifts: list[dict[str, Any]] = json.loads(ended.stdout)
    return ended.returncode, sorted((drift["kind"], drift["account"]) for drift in drifts)


async def put(pool: asyncpg.Pool, people: list[tuple[Person, str]]) -> None:
    """Put a row for each of them, on a tier."""
    await pool.copy_records_to_table(
        "users",
        columns=["id", "email", "clerk_user_id", "tier"],
        records=[(uuid4(), person.email, person.id, tier) for person, tier in people],
    )


@pytest.mark.parametrize(
    "accounts", [1_000, pytest.param(5_000, marks=pytest.mark.long("5,000 users of Clerk"))]
)
async def test_exactly_the_planted_differences_are_found_and_repaired(
    dsn: str, clerk: FakeClerk, pool: asyncpg.Pool, accounts: int
) -> None:
    crowd = [a_person(f"p{number:04}") for number in range(accounts)]
    deleted = [a_person(f"gone{number}") for number in range(40)]
    planted = [("deleted account", person.id) for person in deleted]
    ours = [(person, "free") for person in deleted]
    add_accounts(clerk.instance, *crowd)
    for number, person in enumerate(crowd):
        tier = "paid" if pays(number) else "free"
        if pays(number):
            add_subscription(clerk.instance, person)
        if number % 5 == 0:
            add_subscription(
                clerk.instance, person, id=f"csi_org_{number}", organization_id=f"org_{number}"
            )
        if is_missing(number):
            planted.append(("missing user", person.id))
            continue
        if is_paid_at_clerk_only(number) and pays(number):
            planted.append(("wrong tier", person.id))
            tier = "free"
        elif is_paid_here_only(number) and not pays(number):
            planted.append(("wrong tier", person.id))
            tier = "paid"
        elif is_canceled_at_clerk_only(number) and pays(number):
            planted.append(("wrong tier", person.id))
            add_subscription(clerk.instance, person, "canceled", period_end=FAR)
        ours.append((person, tier))
    await put(pool, ours)
    before = await pool.fetch(TIERS)

    preview = reconcile(dsn, clerk, "--dry-run")
    untouched = await pool.fetch(TIERS)
    repaired = reconcile(dsn, clerk, "--yes")
    again = reconcile(dsn, clerk)

    assert len(planted) > len(deleted) + accounts // 80
    assert preview == repaired == (1, sorted(planted))
    assert untouched == before
    assert again == (0, [])
    after = {row["clerk_user_id"]: row for row in await pool.fetch(TIERS)}
    assert {account for account, row in after.items() if row["tier"] == "paid"} == {
        person.id for number, person in enumerate(crowd) if pays(number)
    }
    assert not any(after[person.id]["is_active"] for person in deleted)


async def test_a_wrong_list_of_paid_plans_takes_nobodys_tier(
    dsn: str, clerk: FakeClerk, pool: asyncpg.Pool
) -> None:
    payers = [a_person(f"p{number}") for number in range(10)]
    add_accounts(clerk.instance, *payers)
    for person in payers:
        add_subscription(clerk.instance, person)
    await put(pool, [(person, "paid") for person in payers])
    before = await pool.fetch(TIERS)

    unasked = run(dsn, clerk, CLERK_PAID_PLANS="gold")
    mistaken = run(dsn, clerk, "--yes", CLERK_PAID_PLANS="gold")
    untouched = await pool.fetch(TIERS)
    forced = run(dsn, clerk, "--yes", "--force", CLERK_PAID_PLANS="gold")

    assert (unasked.returncode, mistaken.returncode, forced.returncode) == (2, 2, 1)
    assert "10 of 10 who pay would lose their tier" in " ".join(mistaken.stderr.split())
    assert "CLERK_PAID_PLANS" in mistaken.stderr
    assert untouched == before
    assert {drift["plans_at_clerk"] for drift in json.loads(forced.stdout)} == {"pro (active)"}
    assert {row["tier"] for row in await pool.fetch(TIERS)} == {"free"}


async def test_a_plan_that_is_paid_for_and_not_listed_is_named(
    dsn: str, clerk: FakeClerk, pool: asyncpg.Pool
) -> None:
    payers = [a_person("ann"), a_person("bob")]
    add_accounts(clerk.instance, *payers)
    for person in payers:
        add_subscription(clerk.instance, person, plan="gold")
    await put(pool, [(person, "free") for person in payers])

    everybody = run(dsn, clerk)
    only_one = run(dsn, clerk, "--user", payers[0].id)

    assert (everybody.returncode, json.loads(everybody.stdout)) == (0, [])
    assert "gold is not in CLERK_PAID_PLANS: 2 users" in " ".join(everybody.stderr.split())
    assert "gold is not in CLERK_PAID_PLANS: 1 user" in " ".join(only_one.stderr.split())


async def test_a_command_with_other_settings_than_the_servers_names_them(
    dsn: str, clerk: FakeClerk, rows: Rows, tmp_path: Path
) -> None:
    with running(1, dsn, tmp_path, CLERK_PAID_PLANS="gold"):
        await wait_until(rows, "FROM server_settings WHERE value = '[\"gold\"]'", 1)

    same = run(dsn, clerk, "--dry-run", CLERK_PAID_PLANS="gold")
    other = run(dsn, clerk, "--dry-run", CLERK_PAID_PLANS="pro", BILLING_GRACE_DAYS="3")

    assert same.stderr == ""
    assert other.stderr.splitlines() == [
        'CLERK_PAID_PLANS is ["pro"] here, and ["gold"] on the servers.',
        "BILLING_GRACE_DAYS is 3 here, and 7 on the servers.",
    ]


async def test_a_server_names_at_its_start_the_plans_on_sale_that_give_no_tier(
    dsn: str, clerk: FakeClerk, tmp_path: Path
) -> None:
    add_accounts(clerk.instance, a_person("ann"))
    add_subscription(clerk.instance, a_person("ann"), plan="gold")

    with running(
        1, dsn, tmp_path, CLERK_SECRET_KEY=SECRET_KEY, CLERK_API_URL=f"{clerk.url}/v1"
    ) as [server]:
        pass

    [line] = [each for each in server.log.read_text().splitlines() if "not listed" in each]
    assert json.loads(line)["plan"] == "gold"


async def test_without_a_terminal_nothing_is_repaired_unless_it_is_confirmed(
    dsn: str, clerk: FakeClerk, pool: asyncpg.Pool
) -> None:
    add_accounts(clerk.instance, a_person("ann"))
    await put(pool, [(a_person("ann"), "paid")])

    unasked = run(dsn, clerk)

    assert unasked.returncode == 2
    assert "--yes" in unasked.stderr
    assert {row["tier"] for row in await pool.fetch(TIERS)} == {"paid"}
