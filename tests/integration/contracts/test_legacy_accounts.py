"""What every PasswordAccounts promises, both the fake and the adapter."""

from typing import Any

import pytest

from sigmasight.domain.identity.password_login import PasswordAccount
from sigmasight.domain.identity.users import User
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, ANNS_ID, BOBS_ID, a_user, bob

HASH = "$argon2id$v=19$"


def ann_before_clerk(**changes: Any) -> User:
    return a_user(**{"clerk_user_id": None, **changes})


async def test_an_added_user_is_found_by_address_in_any_case(ports: Ports) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(email="Ann@Example.com"), HASH)
    await ports.commit()

    for email in ("ann@example.com", "ANN@EXAMPLE.COM", "Ann@Example.com"):
        found = await ports.legacy_accounts.with_email(email)
        assert found == PasswordAccount(
            id=ANNS_ID, hashed_password=HASH, clerk_user_id=None, is_active=True
        )


async def test_an_added_user_is_a_user_like_any_other(ports: Ports) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(), HASH)
    await ports.commit()

    assert await ports.callers.find(ANNS_ID) == ann_before_clerk()
    assert await ports.users.with_email("ann@example.com") == ann_before_clerk()


@pytest.mark.parametrize("email", ["bob@example.com", "ann@example.co", "ann%", ""])
async def test_an_unknown_address_is_none(ports: Ports, email: str) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(), HASH)
    await ports.commit()

    assert await ports.legacy_accounts.with_email(email) is None


async def test_a_user_without_a_password_is_found_without_one(ports: Ports) -> None:
    await ports.users.put(a_user(is_active=False))
    await ports.commit()

    assert await ports.legacy_accounts.with_email("ann@example.com") == PasswordAccount(
        id=ANNS_ID, hashed_password=None, clerk_user_id=ANN, is_active=False
    )


async def test_a_deleted_user_is_none_and_their_address_is_free(ports: Ports) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(), HASH)
    await ports.users.put(ann_before_clerk(is_active=False, deleted_at=NOON))
    await ports.commit()

    before = await ports.legacy_accounts.with_email("ann@example.com")
    await ports.legacy_accounts.add(bob(clerk_user_id=None, email="ann@example.com"), HASH)
    await ports.commit()
    after = await ports.legacy_accounts.with_email("ann@example.com")

    assert before is None
    assert after is not None
    assert after.id == BOBS_ID


async def test_linking_a_user_leaves_the_password_and_shows_the_link(ports: Ports) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(), HASH)
    await ports.users.put(a_user())
    await ports.commit()

    found = await ports.legacy_accounts.with_email("ann@example.com")

    assert found == PasswordAccount(
        id=ANNS_ID, hashed_password=HASH, clerk_user_id=ANN, is_active=True
    )


async def test_a_better_hash_replaces_the_known_one_of_that_user_alone(ports: Ports) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(), HASH)
    await ports.legacy_accounts.add(bob(clerk_user_id=None), HASH)

    await ports.legacy_accounts.rehash(ANNS_ID, HASH, "better")
    await ports.commit()

    ann, bobs = [
        await ports.legacy_accounts.with_email(f"{who}@example.com") for who in ("ann", "bob")
    ]
    assert ann is not None
    assert bobs is not None
    assert (ann.hashed_password, bobs.hashed_password) == ("better", HASH)


async def test_a_hash_that_was_replaced_concurrently_stays(ports: Ports) -> None:
    await ports.legacy_accounts.add(ann_before_clerk(), "newest")

    await ports.legacy_accounts.rehash(ANNS_ID, HASH, "better")
    await ports.commit()

    found = await ports.legacy_accounts.with_email("ann@example.com")
    assert found is not None
    assert found.hashed_password == "newest"  # noqa: S105
