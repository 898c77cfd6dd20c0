"""What every ClerkAccounts promises, both the fake and the adapter."""

import pytest

from sigmasight.domain.identity.users import Bar, BarKind, ClerkAccount, Profile, Standing
from sigmasight.domain.kernel import ClerkUserId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, BOB, a_clerk_account, a_profile, a_user, bob

CID = ClerkUserId("user_cid")


async def test_an_account_never_heard_of_is_known_by_its_id_alone(ports: Ports) -> None:
    assert await ports.accounts.lock(ANN) == ClerkAccount(id=ANN)
    assert await ports.accounts.lock(ANN) == ClerkAccount(id=ANN)


@pytest.mark.parametrize(
    "account",
    [
        ClerkAccount(id=ANN),
        a_clerk_account(ANN, a_profile()),
        a_clerk_account(ANN, a_profile(email_verified=False)),
        a_clerk_account(ANN, a_profile(email="")),
        a_clerk_account(ANN, a_profile(full_name="")),
        a_clerk_account(ANN, a_profile(), a_profile(full_name="New", known_at=NOON + DAY)),
        a_clerk_account(ANN, a_profile(known_at=NOON.replace(microsecond=123456))),
        ClerkAccount(id=ANN, deleted_at=NOON),
        a_clerk_account(ANN, a_profile(), deleted_at=NOON),
        a_clerk_account(ANN, Profile(standing=Standing(NOON))),
        a_clerk_account(ANN, Profile(standing=Standing(NOON, Bar(BarKind.BANNED)))),
        a_clerk_account(ANN, Profile(standing=Standing(NOON, Bar(BarKind.LOCKED, NOON + DAY)))),
    ],
    ids=[
        *("blank", "all", "unverified", "name", "address", "newer", "exact", "deleted", "gone"),
        *("free", "banned", "locked"),
    ],
)
@pytest.mark.parametrize("is_locked", [True, False])
async def test_a_stored_one_is_found(
    ports: Ports, account: ClerkAccount, *, is_locked: bool
) -> None:
    if is_locked:
        await ports.accounts.lock(ANN)
    await ports.accounts.put(account)
    await ports.commit()

    assert await ports.accounts.lock(ANN) == account


async def test_storing_again_replaces(ports: Ports) -> None:
    await ports.accounts.put(a_clerk_account(ANN, a_profile()))
    newer = a_clerk_account(
        ANN, a_profile(known_at=NOON + DAY, email="new@example.com"), deleted_at=NOON
    )
    await ports.accounts.put(newer)
    await ports.commit()

    assert await ports.accounts.lock(ANN) == newer
    assert await ports.accounts.lock(BOB) == ClerkAccount(id=BOB)


class TestAwaiting:
    async def test_an_address_are_accounts_that_have_it_at_clerk_but_not_here(
        self, ports: Ports
    ) -> None:
        await ports.users.put(a_user(email="ann@example.com"))
        await ports.users.put(bob(email="bob@example.com"))
        for account in (ANN, BOB, CID):
            await ports.accounts.put(a_clerk_account(account, a_profile()))
        await ports.commit()

        assert await ports.accounts.waiting_for_email("ann@example.com") == [BOB, CID]
        assert await ports.accounts.waiting_for_email("bob@example.com") == []

    async def test_an_address_comes_whatever_its_case(self, ports: Ports) -> None:
        await ports.users.put(a_user(email="ANN@example.com"))
        await ports.accounts.put(a_clerk_account(ANN, a_profile()))
        await ports.accounts.put(a_clerk_account(BOB, a_profile(email="Ann@Example.com")))
        await ports.commit()

        assert await ports.accounts.waiting_for_email("ann@EXAMPLE.com") == [BOB]

    async def test_an_address_ends_with_being_deleted(self, ports: Ports) -> None:
        await ports.accounts.put(a_clerk_account(BOB, a_profile(), deleted_at=NOON))
        await ports.commit()

        assert await ports.accounts.waiting_for_email("ann@example.com") == []

    async def test_an_address_is_first_come_first_served(self, ports: Ports) -> None:
        await ports.accounts.put(a_clerk_account(ANN, a_profile(known_at=NOON + DAY)))
        await ports.accounts.put(a_clerk_account(CID, a_profile()))
        await ports.accounts.put(a_clerk_account(BOB, a_profile()))
        await ports.commit()

        assert await ports.accounts.waiting_for_email("ann@example.com") == [BOB, CID, ANN]

    async def test_no_address_is_nobody(self, ports: Ports) -> None:
        await ports.accounts.lock(ANN)
        await ports.commit()

        assert await ports.accounts.waiting_for_email("ann@example.com") == []
