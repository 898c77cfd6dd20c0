"""The adapters against the local Clerk: neither can drift away from the other."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sigmasight.adapters.clerk.billing import ClerkBilling
from sigmasight.adapters.clerk.client import ClerkClient
from sigmasight.adapters.clerk.users import ClerkAccountDirectory, ClerkIdentityProvider
from sigmasight.domain.billing import ItemStatus
from sigmasight.domain.identity.identity_provider import AccountCreationRefusedError, NewAccount
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    Address,
    FullName,
    Profile,
    Standing,
)
from sigmasight.domain.kernel import ClerkUserId
from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from sigmasight.entrypoints.local.clerk.state import Item
from tests.support.builders.clerk_events import milliseconds
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.clerk import FakeClerk

ANN = ClerkUserId("user_demo_ann")
NEWCOMER = NewAccount(
    id=ANNS_ID,
    email="Ann@Example.com",
    full_name="Ann Example",
    hashed_password="$2b$12$" + "x" * 53,
)


@pytest.fixture
def clerk() -> FakeClerk:
    return FakeClerk()


@pytest.fixture
async def backend(clerk: FakeClerk) -> AsyncIterator[ClerkClient]:
    async with clerk.backend() as backend:
        yield backend


class TestDirectory:
    async def test_finds_existing_accounts_and_reports_deleted_ones(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        ensure_account(clerk.instance, "ann")

        profile = await ClerkIdentityProvider(backend).profile(ANN)

        assert profile == Profile(
            Address(NOON, "ann@demo.example", verified=True),
            FullName(NOON, "Ann Demo"),
            Standing(NOON),
        )
        with pytest.raises(AccountInactiveError):
            await ClerkIdentityProvider(backend).profile(ClerkUserId("user_other"))

    async def test_retries_after_a_transient_failure(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        ensure_account(clerk.instance, "ann")
        clerk.failures.inject(429, retry_after="1")

        assert await ClerkIdentityProvider(backend).profile(ANN)
        assert clerk.waits == [1.0]

    async def test_with_another_key_is_rejected(self, clerk: FakeClerk) -> None:
        async with clerk.backend("sk_test_other") as backend:
            with pytest.raises(IdentityProviderUnavailableError, match="secret key"):
                await ClerkIdentityProvider(backend).profile(ANN)


class TestRegister:
    async def test_lists_every_account_oldest_first(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        for number in range(1001):
            ensure_account(clerk.instance, f"p{number:04}", at=milliseconds(NOON) - number % 7)
        expected = [account.id for account in clerk.instance.accounts(order_by="+created_at")]
        register = ClerkAccountDirectory(backend)

        pages = [[entry.account for entry in page] async for page in register.pages()]
        rest = [page async for page in register.pages(after=pages[1][-2])]

        assert [len(page) for page in pages] == [500, 500, 1]
        assert [account for page in pages for account in page] == expected
        assert [entry.account for entry in rest[0]] == expected[-2:]
        assert await register.count() == 1001

    async def test_knows_some_of_many(self, clerk: FakeClerk, backend: ClerkClient) -> None:
        some = [
            ClerkUserId(ensure_account(clerk.instance, f"p{number}").id) for number in range(150)
        ]
        gone = [ClerkUserId(f"user_{number}") for number in range(10)]

        assert await ClerkAccountDirectory(backend).existing([*gone, *some]) == set(some)

    async def test_finds_accounts_by_address(self, clerk: FakeClerk, backend: ClerkClient) -> None:
        ensure_account(clerk.instance, "ann")
        ensure_account(clerk.instance, "bob")

        [entry] = await ClerkAccountDirectory(backend).with_email("ANN@demo.example")

        assert entry.account == ANN
        assert await ClerkAccountDirectory(backend).with_email("cat@demo.example") == []

    async def test_creates_an_account_once(self, clerk: FakeClerk, backend: ClerkClient) -> None:
        register = ClerkAccountDirectory(backend)

        entry = await register.create_account(NEWCOMER)

        assert entry.external_id == str(ANNS_ID)
        assert entry.profile.address == Address(NOON, "Ann@Example.com", verified=True)
        assert clerk.instance.account(entry.account).password_hasher == "bcrypt"  # noqa: S105  a kind
        with pytest.raises(AccountCreationRefusedError, match="taken"):
            await register.create_account(NEWCOMER)

    async def test_creates_accounts_without_a_password(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        newcomer = NewAccount(id=BOBS_ID, email="b@x.test", full_name=None, hashed_password=None)

        entry = await ClerkAccountDirectory(backend).create_account(newcomer)

        assert clerk.instance.account(entry.account).first_name is None
        assert entry.profile.name is None


class TestBilling:
    async def test_lists_an_accounts_items_in_every_state(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        ensure_account(clerk.instance, "ann")
        billing = ClerkBilling(backend, clerk.clock)

        [free] = await billing.items_of(ANN)
        clerk.clock.advance(MINUTE)
        clerk.instance.set_status(clerk.instance.paid_item(ANN), "past_due")
        _, unpaid = await billing.items_of(ANN)
        clerk.instance.set_status(clerk.instance.paid_item(ANN), "canceled")
        _, canceled = await billing.items_of(ANN)

        assert (free.plan, free.status, free.period_end) == ("free_user", ItemStatus.ACTIVE, None)
        assert (unpaid.plan, unpaid.status) == ("pro", ItemStatus.PAST_DUE)
        assert unpaid.failures == {unpaid.known_at} == {NOON + MINUTE}
        assert canceled.status is ItemStatus.CANCELED
        assert canceled.period_end == NOON + MINUTE + 30 * DAY

    async def test_has_no_items_of_an_unknown_account(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        assert await ClerkBilling(backend, clerk.clock).items_of(ClerkUserId("user_other")) == []

    async def test_lists_the_items_of_all_accounts_but_not_of_organisations(
        self, clerk: FakeClerk, backend: ClerkClient
    ) -> None:
        for number in range(600):
            ensure_account(clerk.instance, f"p{number}")
            clerk.clock.advance(timedelta(milliseconds=1))
        at = milliseconds(NOON)
        clerk.instance.add_item(
            Item("csi_org", "user_demo_p1", "pro", "active", at, at, organization_id="org_1")
        )
        clerk.instance.add_item(Item("csi_none", "user_demo_p2", None, "ended", at, at))

        pages = [page async for page in ClerkBilling(backend, clerk.clock).pages()]

        items = [(payer, item) for page in pages for payer in page for item in page[payer]]
        assert len(pages) == 2
        assert len(items) == 601
        assert {item.plan for payer, item in items if payer == "user_demo_p2"} == {
            "free_user",
            None,
        }
        assert "csi_org" not in {item.id for _, item in items}
