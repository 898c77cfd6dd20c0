"""Our users compared with Clerk's, on a real database and over HTTP to the local Clerk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.billing import ItemStatus
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from sigmasight.domain.identity.users import Profile
from sigmasight.domain.kernel import ClerkUserId
from sigmasight.domain.reconciliation.use_cases import AnotherInstanceError, Repair
from tests.integration.database_rows import Rows
from tests.integration.local_clerk import clerk
from tests.integration.reconciliation.reconciler import (
    FAR,
    FREE,
    PAID,
    Reconciler,
    add_accounts,
    add_subscription,
    kinds_and_accounts,
)
from tests.support.builders.clerk_users import EPOCH, a_person, an_event
from tests.support.fakes.clerk import FakeClerk

__all__ = ["clerk"]

BEGINNING: Final = datetime.fromtimestamp(EPOCH / 1000, UTC)
DAY: Final = timedelta(days=1)
ANN, BOB, CLEO = a_person("ann"), a_person("bob"), a_person("cleo")


@pytest.fixture
async def reconciler(dsn: str, clerk: FakeClerk) -> AsyncIterator[Reconciler]:
    opened = Reconciler.opened(dsn, clerk.url)
    yield opened
    await opened.container.close()


async def test_where_nothing_differs_nothing_is_found(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN, BOB)
    add_subscription(clerk.instance, BOB, plan="free_user")
    add_subscription(clerk.instance, ANN)
    await rows.add_user(ANN, tier="paid")
    await rows.add_user(BOB)
    before = await rows.everything()

    assert await reconciler.reconcile() == []
    assert await rows.everything() == before


async def test_every_kind_of_difference_is_found_and_repaired(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    missing, upgraded, lapsed = ANN, BOB, CLEO
    deleted = a_person("dora")
    add_accounts(clerk.instance, missing, upgraded, lapsed)
    add_subscription(clerk.instance, missing)
    add_subscription(clerk.instance, upgraded)
    await rows.add_user(upgraded)
    await rows.add_user(lapsed, tier="paid")
    await rows.add_user(deleted)
    before = await rows.everything()
    planted = [
        ("deleted account", deleted.id),
        ("missing user", missing.id),
        ("wrong tier", upgraded.id),
        ("wrong tier", lapsed.id),
    ]

    preview = await reconciler.reconcile(dry_run=True)
    untouched = await rows.everything()
    repaired = await reconciler.reconcile()
    again = await reconciler.reconcile()

    assert kinds_and_accounts(preview) == kinds_and_accounts(repaired) == sorted(planted)
    assert untouched == before
    assert again == []
    assert await reconciler.subscription_of(missing) == PAID
    assert await reconciler.subscription_of(upgraded) == PAID
    assert await reconciler.subscription_of(lapsed) == FREE
    assert (await rows.user(missing))["email"] == missing.email
    assert not (await rows.user(deleted))["is_active"]


async def test_a_ban_that_never_came_is_made_good_and_lifted_again(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN)
    await rows.add_user(ANN)
    account = clerk.instance.state.accounts[ANN.id]

    account.banned, account.updated_at = True, account.updated_at + 1
    banned = await reconciler.reconcile()
    known = await rows.user(ANN)
    account.banned, account.updated_at = False, account.updated_at + 1
    lifted = await reconciler.reconcile()

    assert kinds_and_accounts(banned) == [("banned or locked", ANN.id)]
    assert kinds_and_accounts(lifted) == [("banned or locked", ANN.id)]
    assert known["bar"] == "banned"
    assert (await rows.user(ANN))["bar"] is None
    assert await reconciler.reconcile() == []


async def test_a_cancellation_that_never_came_is_made_good_with_its_end(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN)
    add_subscription(clerk.instance, ANN, "canceled", period_end=FAR)
    await rows.add_user(ANN, tier="paid")
    await reconciler.store_item(ANN, BEGINNING)

    [drift] = await reconciler.reconcile()

    ends = datetime(2100, 1, 1, tzinfo=UTC)
    assert (drift.ours, drift.clerks) == (PAID, Subscription(Tier.PAID, ends))
    assert await reconciler.subscription_of(ANN) == Subscription(Tier.PAID, ends)


async def test_clerks_response_wins_over_later_dated_data_of_ours(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN)
    add_subscription(clerk.instance, ANN, "ended")
    await rows.add_user(ANN, tier="paid")
    await reconciler.store_item(ANN, BEGINNING + 99 * DAY)

    first = await reconciler.reconcile()

    assert kinds_and_accounts(first) == [("wrong tier", ANN.id)]
    assert await reconciler.reconcile() == []
    assert await reconciler.subscription_of(ANN) == FREE


async def test_an_item_clerk_no_longer_lists_grants_nothing(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN)
    await rows.add_user(ANN, tier="paid")
    await reconciler.store_item(ANN, BEGINNING, id="csi_bogus")

    await reconciler.reconcile()

    assert await reconciler.reconcile() == []
    await reconciler.deliver(ANN.updated(99))  # whatever comes next is computed from the items
    assert await reconciler.subscription_of(ANN) == FREE


async def test_a_webhook_after_a_repair_counts(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN)
    add_subscription(clerk.instance, ANN, "ended")
    await rows.add_user(ANN, tier="paid")
    await reconciler.store_item(ANN, BEGINNING)
    await reconciler.reconcile()
    renewed = {"id": f"csi_{ANN.id}", "status": "active", "plan": {"slug": "pro"}}
    payer = {"payer": {"user_id": ANN.id, "organization_id": ""}, "updated_at": EPOCH + 1}

    await reconciler.deliver(an_event("subscriptionItem.active", 1, {**renewed, **payer}))

    assert await reconciler.subscription_of(ANN) == PAID


async def test_a_webhook_between_asking_clerk_and_repairing_has_clerk_asked_again(
    reconciler: Reconciler, rows: Rows
) -> None:
    await rows.add_user(ANN)
    account = ClerkUserId(ANN.id)
    async with reconciler.container() as scope:
        repair = await scope.get(Repair)
        known = await repair.known(account)
        await reconciler.store_item(ANN, BEGINNING)

        refused = await repair(account, Profile(), [], known)
        accepted = await repair(account, Profile(), [], await repair.known(account))

    assert refused is None
    assert accepted is not None


async def test_an_overdue_plan_keeps_its_first_failure_where_clerk_does_not_name_it(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  grace is compared with the real time
    add_accounts(clerk.instance, ANN)
    failed = int((now - DAY).timestamp() * 1000)
    add_subscription(clerk.instance, ANN, "past_due", updated_at=failed)
    wait_until = now - 3 * DAY + 7 * DAY
    await rows.add_user(ANN, tier="paid", tier_expires_at=wait_until)
    await reconciler.store_item(
        ANN, now - DAY, ItemStatus.PAST_DUE, failures=frozenset({now - 3 * DAY})
    )

    assert await reconciler.reconcile() == []
    assert (await rows.user(ANN))["tier_expires_at"] == wait_until


async def test_subscriptions_of_organisations_are_no_difference(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN)
    add_subscription(clerk.instance, ANN, organization_id="org_1")
    await rows.add_user(ANN)

    assert await reconciler.reconcile() == []


async def test_a_user_without_a_free_address_is_reported_with_the_reason(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    twin = replace(a_person("twin"), email=ANN.email)
    add_accounts(clerk.instance, ANN, twin)
    await rows.add_user(ANN)

    [drift] = await reconciler.reconcile()

    assert drift.account == twin.id
    assert drift.problem == "Another account already uses this email address."


async def test_one_user_alone_can_be_compared(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    add_accounts(clerk.instance, ANN, BOB)
    add_subscription(clerk.instance, ANN)
    add_subscription(clerk.instance, BOB)
    await rows.add_user(ANN)
    await rows.add_user(BOB)
    await rows.add_user(CLEO)

    preview = await reconciler.reconcile_one(ANN, dry_run=True)
    repaired = await reconciler.reconcile_one(ANN)
    gone = await reconciler.reconcile_one(CLEO)

    assert kinds_and_accounts(preview) == kinds_and_accounts(repaired) == [("wrong tier", ANN.id)]
    assert kinds_and_accounts(gone) == [("deleted account", CLEO.id)]
    assert await reconciler.reconcile_one(ANN) == await reconciler.reconcile_one(CLEO) == []
    assert await reconciler.subscription_of(BOB) == FREE


async def test_an_interrupted_run_continues_from_its_cursor(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    crowd = [a_person(f"p{number:04}") for number in range(600)]
    add_accounts(clerk.instance, *crowd)
    parts = await reconciler.progress(dry_run=True)
    half = next(part for part in parts if part.checked)

    rest = await reconciler.reconcile(after=half.cursor, dry_run=True)

    whole = [drift.account for part in parts for drift in part.drifts]
    assert whole == [person.id for person in crowd]
    assert [drift.account for drift in rest] == whole[len(half.drifts) :]
    assert sum(part.checked for part in parts) == len(crowd)
    assert await rows.users() == []


async def test_the_key_of_another_instance_deletes_nobody(
    reconciler: Reconciler, rows: Rows
) -> None:
    for number in range(25):
        await rows.add_user(a_person(f"p{number}"))
    before = await rows.everything()

    with pytest.raises(AnotherInstanceError):
        await reconciler.reconcile()

    assert await rows.everything() == before


async def test_a_clerk_that_does_not_answer_ends_the_run(
    reconciler: Reconciler, clerk: FakeClerk, rows: Rows
) -> None:
    await rows.add_user(ANN)
    clerk.failures.inject(401)

    with pytest.raises(IdentityProviderUnavailableError):
        await reconciler.reconcile()

    assert (await rows.user(ANN))["is_active"]


async def test_without_a_key_to_clerk_there_is_nothing_to_compare_with(
    dsn: str, clerk: FakeClerk, rows: Rows
) -> None:
    await rows.add_user(ANN)
    keyless = Reconciler.opened(dsn, clerk.url, clerk_secret_key=None)

    with pytest.raises(IdentityProviderClosedError):
        await keyless.reconcile()

    await keyless.container.close()
