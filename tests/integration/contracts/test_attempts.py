"""What every Attempts promises, both the fake and the adapter."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from sigmasight.domain.access.attempts import ClientNetwork
from sigmasight.domain.identity.password_login import MAX_NETWORKS
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.users import ANNS_ID, a_user

EMAIL = "ann@example.com"
WINDOW = 15 * MINUTE


async def take(ports: Ports, at: datetime, email: str = EMAIL, most: int = 3) -> bool:
    taken = await ports.attempts_by_key.record(email, at, since=at - WINDOW, most=most)
    await ports.commit()
    return taken


async def test_attempts_are_recorded_up_to_the_limit(ports: Ports) -> None:
    assert [await take(ports, NOON) for _ in range(5)] == [True] * 3 + [False] * 2


async def test_an_address_is_one_account_whatever_its_case(ports: Ports) -> None:
    spellings = (EMAIL, "Ann@Example.com", "ANN@EXAMPLE.COM", "ann@EXAMPLE.com")

    assert [await take(ports, NOON, spelling) for spelling in spellings] == [True] * 3 + [False]


async def test_accounts_are_counted_apart(ports: Ports) -> None:
    for _ in range(3):
        await take(ports, NOON)

    assert await take(ports, NOON, "bob@example.com")
    assert not await take(ports, NOON)


async def test_an_attempt_counts_until_it_leaves_the_window_and_not_a_moment_longer(
    ports: Ports,
) -> None:
    for minute in range(3):
        await take(ports, NOON + minute * MINUTE)
    early = NOON + WINDOW - timedelta(microseconds=1)

    assert not await take(ports, early)
    assert await take(ports, NOON + WINDOW)
    assert not await take(ports, NOON + WINDOW)
    assert await take(ports, NOON + WINDOW + MINUTE)


async def test_an_attempt_refused_is_not_counted(ports: Ports) -> None:
    for minute in range(14):
        await take(ports, NOON + minute * MINUTE)

    assert [await take(ports, NOON + WINDOW + 2 * MINUTE) for _ in range(4)] == [True] * 3 + [False]


async def test_the_first_attempt_after_an_instant_is_returned(ports: Ports) -> None:
    first = partial(ports.attempts_by_key.first_since, "ANN@example.com")
    assert await first(since=NOON) is None
    for minute in (2, 1, 3):
        await take(ports, NOON + minute * MINUTE)

    assert await first(since=NOON) == NOON + MINUTE
    assert await first(since=NOON + MINUTE) == NOON + 2 * MINUTE
    assert await first(since=NOON + 3 * MINUTE) is None
    assert await ports.attempts_by_key.first_since("bob@example.com", since=NOON) is None


async def test_clearing_affects_one_account(ports: Ports) -> None:
    for email in (EMAIL, "bob@example.com"):
        for _ in range(3):
            await take(ports, NOON, email)

    await ports.attempts_by_key.clear("Ann@Example.com")
    await ports.attempts_by_key.clear("nobody@example.com")
    await ports.commit()

    assert await take(ports, NOON)
    assert not await take(ports, NOON, "bob@example.com")


async def test_pruning_deletes_only_accounts_whose_last_attempt_is_old(
    ports: Ports,
) -> None:
    await take(ports, NOON, "old@example.com")
    await take(ports, NOON, "both@example.com")
    await take(ports, NOON + MINUTE, "both@example.com")

    await ports.attempts_by_key.prune(NOON)
    await ports.commit()

    firsts = [
        await ports.attempts_by_key.first_since(f"{who}@example.com", since=NOON - DAY)
        for who in ("old", "both")
    ]
    assert firsts == [None, NOON]


@pytest.mark.parametrize("letter", ["x", "İ", "ẞ", "Σ"])
async def test_an_address_as_long_as_any_may_be_is_counted(ports: Ports, letter: str) -> None:
    assert await take(ports, NOON, letter * 243 + "@example.com")


async def test_an_attempt_that_was_right_is_withdrawn_and_the_others_count(ports: Ports) -> None:
    for minute in range(3):
        await take(ports, NOON + minute * MINUTE)
    await ports.attempts_by_key.withdraw(EMAIL.upper(), NOON + MINUTE)
    await ports.commit()

    assert [await take(ports, NOON + 3 * MINUTE) for _ in range(2)] == [True, False]


async def test_the_latest_networks_of_a_user_are_known(ports: Ports) -> None:
    await ports.users.put(a_user())
    networks = [ClientNetwork(f"192.0.2.{number}") for number in range(MAX_NETWORKS + 1)]
    for number, network in enumerate(networks):
        await ports.known_networks.add(ANNS_ID, network, NOON + number * MINUTE)
    await ports.commit()

    known = [await ports.known_networks.includes("ANN@example.com", each) for each in networks]

    assert known == [False, *[True] * MAX_NETWORKS]
    assert not await ports.known_networks.includes("bob@example.com", networks[-1])
