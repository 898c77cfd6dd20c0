"""What every UserDirectory promises, both the fake and the adapter."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.identity.administration import UserFilter, UserState
from sigmasight.domain.identity.users import Bar, BarKind, User
from sigmasight.domain.kernel import ClerkUserId, UserId
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

NOBODY: Final = ClerkUserId("user_nobody")
NOBODYS_ID: Final = UserId(UUID(int=99))


async def keep(ports: Ports, *users: User) -> None:
    for user in users:
        await ports.users.put(user)
    await ports.commit()


def numbered(number: int) -> User:
    """Return a linked user whose Clerk ids are in the opposite order of their own."""
    return a_user(
        id=UserId(UUID(int=number)),
        clerk_user_id=ClerkUserId(f"user_{9 - number}"),
        email=f"{number}@example.com",
    )


def unlinked(number: int, **changes: Any) -> User:
    about = {"id": UserId(UUID(int=number)), "email": f"{number}@example.com"}
    return a_user_from_before_clerk(**{**about, **changes})


def gone() -> User:
    return a_user(is_active=False, deleted_at=NOON)


def ids(users: Sequence[User]) -> list[int]:
    return [user.id.int for user in users]


class TestOneIsFound:
    @pytest.mark.parametrize(
        "reference",
        [str(ANNS_ID), str(ANNS_ID).upper(), ANN, "ann@example.com", "ANN@Example.COM"],
    )
    async def test_by_id_clerk_id_or_address_in_any_case(
        self, ports: Ports, reference: str
    ) -> None:
        await keep(ports, a_user(email="Ann@example.com"), bob())

        assert await ports.people.find(reference) == a_user(email="Ann@example.com")

    @pytest.mark.parametrize("reference", [str(ANNS_ID), ANN])
    async def test_deleted_or_not(self, ports: Ports, reference: str) -> None:
        await keep(ports, gone())

        assert await ports.people.find(reference) == gone()

    @pytest.mark.parametrize(
        "reference",
        [
            str(NOBODYS_ID),
            NOBODY,
            "nobody@example.com",
            "%@example.com",
            "",
            "@",
            "a\0b",
            "a\0@example.com",
            "broken \udcff bytes",
            "broken\udcff@example.com",
            "x" * 300,
            "x" * 300 + "@example.com",
            "' OR 1=1 --",
        ],
    )
    async def test_by_nothing_else(self, ports: Ports, reference: str) -> None:
        await keep(ports, a_user(), bob())

        assert await ports.people.find(reference) is None


class TestAPage:
    async def test_is_ordered_by_id(self, ports: Ports) -> None:
        await keep(ports, *map(numbered, (3, 1, 2)))

        assert ids(await ports.people.page(None, 10)) == [1, 2, 3]

    async def test_ends_at_its_limit_and_the_next_continues_after_it(self, ports: Ports) -> None:
        await keep(ports, *map(numbered, (3, 1, 2)))

        first = await ports.people.page(None, 2)
        second = await ports.people.page(first[-1].id, 2)

        assert (ids(first), ids(second)) == ([1, 2], [3])
        assert await ports.people.page(second[-1].id, 2) == []

    async def test_has_everyone_as_they_are(self, ports: Ports) -> None:
        known = [gone(), bob(clerk_user_id=None)]
        await keep(ports, *known)

        assert await ports.people.page(None, 10) == known

    async def test_of_the_unlinked_leaves_out_the_linked_the_deleted_and_the_inactive(
        self, ports: Ports
    ) -> None:
        each: list[dict[str, Any]] = [
            {},
            {"clerk_user_id": ANN},
            {"deleted_at": NOON},
            {"is_active": False},
            {},
        ]
        await keep(ports, *(unlinked(number, **changes) for number, changes in enumerate(each, 1)))

        first = await ports.people.page(None, 1, unlinked=True)
        rest = await ports.people.page(first[-1].id, 10, unlinked=True)

        assert (ids(first), ids(rest)) == ([1], [5])


class TestTheLinked:
    async def test_are_in_the_order_of_their_clerk_ids_and_go_on_behind_one(
        self, ports: Ports
    ) -> None:
        await keep(ports, *map(numbered, (1, 2, 3)))

        first = await ports.people.linked(None, 2)
        rest = await ports.people.linked(first[-1].clerk_user_id, 2)

        assert (ids(first), ids(rest)) == ([3, 2], [1])

    async def test_are_neither_deleted_nor_without_an_account_but_may_be_inactive(
        self, ports: Ports
    ) -> None:
        inactive = bob(is_active=False)
        await keep(ports, gone(), inactive, unlinked(3))

        assert await ports.people.linked(None, 10) == [inactive]


async def test_linked_users_are_found_by_account_deleted_or_not(ports: Ports) -> None:
    await keep(ports, gone(), bob(), numbered(3))

    assert await ports.people.with_accounts([ANN, BOB, NOBODY]) == {ANN: gone(), BOB: bob()}
    assert await ports.people.with_accounts([]) == {}


async def test_users_with_a_password_have_its_hash(ports: Ports) -> None:
    await ports.legacy_accounts.add(a_user_from_before_clerk(), "$argon2id$v=19$")
    await keep(ports, bob())

    assert await ports.people.hashed_password(ANNS_ID) == "$argon2id$v=19$"
    assert await ports.people.hashed_password(BOBS_ID) is None
    assert await ports.people.hashed_password(NOBODYS_ID) is None


async def test_a_change_is_seen_by_the_next_question(ports: Ports) -> None:
    await keep(ports, a_user())
    await ports.people.find(ANN)

    await ports.users.put(a_user(is_active=False))

    assert await ports.people.find(ANN) == a_user(is_active=False)


class TestAFilter:
    @pytest.mark.parametrize("search", ["EXAMPLE.org", "% of", "user_cleo", "_%"])
    async def test_finds_any_part_of_address_name_and_account(
        self, ports: Ports, search: str
    ) -> None:
        cleo = a_user(
            id=UserId(UUID(int=3)),
            clerk_user_id=ClerkUserId("user_cleo_%"),
            email="cleo@example.org",
            full_name="100% of Cleo",
        )
        await keep(ports, a_user(), bob(), cleo)

        found = await ports.people.page(None, 10, wanted=UserFilter(now=NOON, search=search))

        assert ids(found) == [3]

    async def test_by_tier_counts_what_is_true_at_the_instant(self, ports: Ports) -> None:
        await keep(
            ports,
            numbered(1),
            replace(numbered(2), subscription=Subscription(Tier.PAID)),
            replace(numbered(3), subscription=Subscription(Tier.PAID, NOON + DAY)),
            replace(numbered(4), subscription=Subscription(Tier.PAID, NOON)),
        )

        paid = await ports.people.page(None, 10, wanted=UserFilter(now=NOON, tier=Tier.PAID))
        free = await ports.people.page(None, 10, wanted=UserFilter(now=NOON, tier=Tier.FREE))

        assert (ids(paid), ids(free)) == ([2, 3], [1, 4])

    async def test_by_state_leaves_nobody_out_and_has_nobody_twice(self, ports: Ports) -> None:
        await keep(
            ports,
            numbered(1),
            replace(numbered(2), is_active=False),
            replace(numbered(3), is_active=False, deleted_at=NOON),
            replace(numbered(4), bar=Bar(BarKind.BANNED)),
            replace(numbered(5), bar=Bar(BarKind.LOCKED, NOON + DAY)),
            replace(numbered(6), bar=Bar(BarKind.LOCKED, NOON)),
        )

        found = {
            state: ids(await ports.people.page(None, 10, wanted=UserFilter(now=NOON, state=state)))
            for state in UserState
        }

        assert found == {
            UserState.ACTIVE: [1, 6],
            UserState.BARRED: [4, 5],
            UserState.INACTIVE: [2],
            UserState.DELETED: [3],
        }


async def test_a_deleted_user_is_found_by_address_until_somebody_else_has_it(
    ports: Ports,
) -> None:
    earlier = replace(numbered(1), email="x@example.com", deleted_at=NOON)
    later = replace(numbered(2), email="X@example.com", deleted_at=NOON + DAY)
    await keep(ports, later, earlier)
    deleted = await ports.people.find("x@Example.com")
    await keep(ports, replace(numbered(3), email="x@example.com"))

    assert deleted == later
    assert ids([user for user in [await ports.people.find("x@example.com")] if user]) == [3]
