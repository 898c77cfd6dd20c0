"""Email addresses that move between accounts: the account that has one at Clerk gets it."""

from itertools import chain, pairwise, permutations

import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Event, Person, a_person
from tests.support.servers.api_client import Api, at_once, statuses

PAIRS = 12


def frees_address(person: Person, how: str) -> Event:
    """Return the event that gives up a person's address."""
    if how == "deleted":
        return person.deleted(10)
    return person.with_email(f"moved.{person.email}").updated(10)


def a_pair(number: int) -> tuple[Person, Person]:
    """Return a user with an address, and one who is to get it."""
    holder = a_person(f"holder{number}")
    return holder, a_person(f"heir{number}", email=holder.email)


@pytest.mark.parametrize("how", ["updated", "deleted"])
@pytest.mark.parametrize("heir_first", [False, True])
async def test_a_freed_address_goes_to_the_account_that_waits_for_it(
    api: Api, rows: Rows, how: str, *, heir_first: bool
) -> None:
    holder, heir = a_pair(0)
    events = [frees_address(holder, how), heir.created(20)]
    await api.deliver(holder.created())

    answers = [await api.deliver(e) for e in (reversed(events) if heir_first else events)]
    inherited = await rows.user(heir)
    seen = await api.get("/auth/me", heir.token())

    assert statuses(answers) == {200: 2}
    assert (inherited["email"], inherited["is_active"]) == (holder.email, True)
    assert inherited["id"] != (await rows.user(holder))["id"]
    assert (seen.status_code, seen.json()["id"]) == (200, str(inherited["id"]))


@pytest.mark.parametrize("how", ["updated", "deleted"])
async def test_an_address_freed_as_another_account_appears_goes_to_that_account(
    api: Api, rows: Rows, how: str
) -> None:
    pairs = [a_pair(number) for number in range(PAIRS)]
    await at_once(api.deliver(holder.created()) for holder, _ in pairs)

    answers = await at_once(
        chain.from_iterable(
            (
                api.deliver(frees_address(holder, how)),
                api.deliver(heir.created(20)),
                api.deliver(heir.updated(21)),
                api.get("/auth/me", heir.token()),
            )
            for holder, heir in pairs
        )
    )

    assert set(statuses(answers)) <= {200, 409}
    for holder, heir in pairs:
        row = await rows.user(heir)
        assert (row["email"], row["is_active"]) == (holder.email, True)


async def test_an_heir_with_a_row_of_their_own_moves_to_the_freed_address(
    api: Api, rows: Rows
) -> None:
    pairs = [(a_person(f"holder{n}"), a_person(f"heir{n}")) for n in range(PAIRS)]
    await at_once(api.deliver(person.created()) for person in chain.from_iterable(pairs))

    answers = await at_once(
        chain.from_iterable(
            (
                api.deliver(heir.with_email(holder.email).updated(20)),
                api.deliver(frees_address(holder, "updated")),
            )
            for holder, heir in pairs
        )
    )

    assert statuses(answers) == {200: 2 * PAIRS}
    for holder, heir in pairs:
        assert (await rows.user(heir))["email"] == holder.email
        assert (await rows.user(holder))["email"] == f"moved.{holder.email}"


async def test_a_new_account_with_a_deleted_ones_address_gets_none_of_its_data(
    api: Api, rows: Rows
) -> None:
    holder, heir = a_pair(0)
    await rows.add_user(holder)
    body = {"name": "Savings", "account_name": "Broker"}
    portfolio = (await api.post("/portfolios", holder.token(), body)).json()["id"]
    await api.deliver(holder.deleted(10))

    seen = await api.get("/auth/me", heir.token())
    read = await api.get(f"/portfolios/{portfolio}", heir.token())

    assert (seen.status_code, seen.json()["portfolio_count"]) == (200, 0)
    assert not seen.json()["invite_validated"]
    assert read.status_code == 404
    assert await rows.count("FROM portfolios") == 1


async def test_addresses_swapped_at_once_are_swapped(api: Api, rows: Rows) -> None:
    pairs = [(a_person(f"left{n}"), a_person(f"right{n}")) for n in range(PAIRS)]
    await at_once(api.deliver(person.created()) for person in chain.from_iterable(pairs))

    answers = await at_once(
        chain.from_iterable(
            (
                api.deliver(left.with_email(right.email).updated(10)),
                api.deliver(right.with_email(left.email).updated(10)),
            )
            for left, right in pairs
        )
    )

    assert statuses(answers) == {200: 2 * PAIRS}
    for left, right in pairs:
        assert (await rows.user(left))["email"] == right.email
        assert (await rows.user(right))["email"] == left.email


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_an_exchange_comes_about_in_whatever_order_its_steps_arrive(
    api: Api, rows: Rows, order: tuple[int, ...]
) -> None:
    left, right = a_person("left"), a_person("right")
    steps = [
        left.with_email("between@example.com").updated(10),
        right.with_email(left.email).updated(20),
        left.with_email(right.email).updated(30),
    ]
    for person in (left, right):
        await api.deliver(person.created())

    for step in order:
        await api.deliver(steps[step])

    assert (await rows.user(left))["email"] == right.email
    assert (await rows.user(right))["email"] == left.email


async def test_addresses_passed_around_a_ring_arrive(api: Api, rows: Rows) -> None:
    ring = [a_person(f"p{number}") for number in range(8)]
    await at_once(api.deliver(person.created()) for person in ring)
    moves = [person.with_email(before.email).updated(20) for before, person in pairwise(ring)]
    last = ring[0].with_email("elsewhere@example.com").updated(20)

    answers = await at_once(api.deliver(event) for event in (*moves, last))

    assert statuses(answers) == {200: 8}
    emails = [(await rows.user(person))["email"] for person in ring]
    assert emails == ["elsewhere@example.com", *(person.email for person in ring[:-1])]


async def test_a_ring_of_addresses_rotates_by_one_in_any_order(api: Api, rows: Rows) -> None:
    ring = [a_person(f"p{number}") for number in range(5)]
    await at_once(api.deliver(person.created()) for person in ring)
    others = [*ring[1:], ring[0]]

    answers = await at_once(
        api.deliver(person.with_email(other.email).updated(20))
        for person, other in zip(ring, others, strict=True)
    )

    assert statuses(answers) == {200: 5}
    emails = [(await rows.user(person))["email"] for person in ring]
    assert emails == [other.email for other in others]
