"""What every Users promises, both the fake and the adapter."""

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.users import User
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import (
    ANN,
    ANNS_ID,
    BOB,
    BOBS_ID,
    a_user,
    a_user_from_before_clerk,
    bob,
)


async def test_an_unknown_user_is_none(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.commit()

    assert await ports.users.with_account(BOB) is None
    assert await ports.users.with_email("bob@example.com") is None
    assert await ports.users.lock(BOBS_ID) is None


@pytest.mark.parametrize(
    "user",
    [
        a_user(),
        a_user(full_name=None, invite_validated=True),
        a_user(subscription=Subscription(Tier.PAID)),
        a_user(subscription=Subscription(Tier.PAID, NOON), messages=MessageCounter(7, NOON)),
        a_user(is_active=False),
        a_user(email="Ännchen+tag@exämple.com", full_name="安 例"),
    ],
)
async def test_a_stored_user_is_read_back_unchanged(ports: Ports, user: User) -> None:
    await ports.users.put(user)
    await ports.commit()

    assert await ports.users.with_account(ANN) == user
    assert await ports.users.with_email(user.email) == user
    assert await ports.users.lock(ANNS_ID) == user


@pytest.mark.parametrize("email", ["ann@example.com", "ANN@EXAMPLE.COM", "Ann@Example.com"])
async def test_an_address_is_held_whatever_its_case(ports: Ports, email: str) -> None:
    await ports.users.put(a_user(email="ann@Example.com"))
    await ports.commit()

    holder = await ports.users.with_email(email)

    assert holder is not None
    assert holder.email == "ann@Example.com"


async def test_an_address_is_no_pattern(ports: Ports) -> None:
    await ports.users.put(a_user(email="ann@example.com"))
    await ports.commit()

    assert await ports.users.with_email("%@example.com") is None
    assert await ports.users.with_email("_nn@example.com") is None


async def test_a_user_from_before_clerk_is_found_by_their_address(ports: Ports) -> None:
    await ports.users.put(a_user_from_before_clerk())
    await ports.commit()

    assert await ports.users.with_email("ann@example.com") == a_user_from_before_clerk()
    assert await ports.users.with_account(ANN) is None
    assert await ports.users.lock(ANNS_ID) == a_user_from_before_clerk()


async def test_a_user_deleted_is_still_the_accounts_but_holds_no_address(ports: Ports) -> None:
    gone = a_user(is_active=False, deleted_at=NOON)
    await ports.users.put(gone)
    await ports.commit()

    assert await ports.users.with_account(ANN) == gone
    assert await ports.users.lock(ANNS_ID) == gone
    assert await ports.users.with_email("ann@example.com") is None


async def test_a_deleted_users_address_may_be_held_by_another(ports: Ports) -> None:
    await ports.users.put(a_user(is_active=False, deleted_at=NOON))
    another = bob(email="Ann@example.com")
    await ports.users.put(another)
    await ports.commit()

    assert await ports.users.with_email("ann@example.com") == another


async def test_storing_again_changes_only_the_profile(ports: Ports) -> None:
    first = a_user(invite_validated=True, messages=MessageCounter(7, NOON))
    await ports.users.put(first)
    await ports.commit()

    who = {
        "clerk_user_id": BOB,
        "email": "new@example.com",
        "full_name": "New",
        "is_active": False,
        "deleted_at": NOON,
        "subscription": Subscription(Tier.PAID, NOON + DAY),
    }
    rest = {"invite_validated": False, "messages": MessageCounter(0, NOON + DAY)}
    await ports.users.put(a_user(**who, **rest, created_at=NOON + DAY))
    await ports.commit()

    assert await ports.users.with_account(ANN) is None
    assert await ports.users.with_account(BOB) == a_user(
        **who, invite_validated=True, messages=MessageCounter(7, NOON)
    )
