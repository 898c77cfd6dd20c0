"""What every MessageLedger promises beyond what the state machine drives."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Limits, Subscription, Tier, TierLimits
from sigmasight.domain.access.usage import (
    MAX_RELEASES_PER_HOUR,
    RESERVATION_LIFETIME,
    AiLimitReachedError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    MessageCounter,
    MessageId,
    MessageLedger,
    UserUsage,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import UserId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.identity import InMemoryUsers
from tests.support.fakes.usage import InMemoryMessageLedger

HOUR: Final = timedelta(hours=1)

Know = Callable[..., Awaitable[None]]
TWO: Final[TierLimits] = {tier: Limits(max_portfolios=1, max_ai_messages=2) for tier in Tier}


@pytest.fixture
def ledger(ports: Ports, request: pytest.FixtureRequest) -> MessageLedger:
    if isinstance(ports.users, InMemoryUsers):
        return InMemoryMessageLedger(ports.users._store)  # noqa: SLF001  the same memory
    pool: asyncpg.Pool = request.getfixturevalue("pool")
    return PostgresMessageLedger(pool)


@pytest.fixture
def know(ports: Ports) -> Know:
    async def put(*users: User) -> None:
        for user in users:
            await ports.users.put(user)
        await ports.commit()

    return put


def a_message() -> MessageId:
    return MessageId(uuid4())


async def test_messages_are_reserved_up_to_the_limit_and_refused_beyond(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user())

    taken = [await ledger.reserve(ANNS_ID, a_message(), NOON, TWO) for _ in range(2)]
    with pytest.raises(AiLimitReachedError) as refusal:
        await ledger.reserve(ANNS_ID, a_message(), NOON, TWO)

    assert [(each.used, each.limit) for each in taken] == [(1, 2), (2, 2)]
    assert refusal.value.details["used"] == refusal.value.details["limit"] == 2
    assert refusal.value.details["tier"] is Tier.FREE


async def test_a_released_message_can_be_reserved_again_but_released_once(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user(), bob())
    message = a_message()
    await ledger.reserve(ANNS_ID, message, NOON, TWO)

    given_back = [await ledger.release(ANNS_ID, message, NOON) for _ in range(2)]

    assert given_back == [True, False]
    assert (await ledger.counter(ANNS_ID)).used == 0
    assert not await ledger.release(BOBS_ID, message, NOON)


async def test_releases_of_one_user_are_bounded_within_an_hour(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user(), bob())
    limits: TierLimits = {tier: Limits(max_portfolios=1, max_ai_messages=99) for tier in Tier}

    async def released(user: UserId, at: datetime) -> bool:
        message = a_message()
        await ledger.reserve(user, message, at, limits)
        return await ledger.release(user, message, at)

    of_ann = [await released(ANNS_ID, NOON) for _ in range(MAX_RELEASES_PER_HOUR + 2)]
    of_bob = await released(BOBS_ID, NOON)
    later = await released(ANNS_ID, NOON + HOUR)

    assert of_ann == [True] * MAX_RELEASES_PER_HOUR + [False] * 2
    assert (of_bob, later) == (True, True)
    assert (await ledger.counter(ANNS_ID)).used == 2


async def test_a_message_is_settled_once_as_charged_or_released(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user(), bob())
    assistant, returned = a_message(), a_message()
    for message in (assistant, returned):
        await ledger.reserve(ANNS_ID, message, NOON, TWO)

    assert not await ledger.charge(BOBS_ID, assistant)
    assert await ledger.charge(ANNS_ID, assistant)
    assert not await ledger.release(ANNS_ID, assistant, NOON)
    assert await ledger.release(ANNS_ID, returned, NOON)
    assert not await ledger.charge(ANNS_ID, returned)
    assert (await ledger.counter(ANNS_ID)).used == 1


async def test_an_unsettled_reservation_is_released_when_it_expires(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user())
    assistant = a_message()
    for message in (assistant, a_message()):
        await ledger.reserve(ANNS_ID, message, NOON, TWO)
    await ledger.charge(ANNS_ID, assistant)

    given_back = [
        await ledger.release_expired(at)
        for at in (NOON, NOON + RESERVATION_LIFETIME, NOON + RESERVATION_LIFETIME)
    ]

    assert given_back == [0, 1, 0]
    assert (await ledger.counter(ANNS_ID)).used == 1


async def test_the_key_of_a_released_message_is_free_again(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user())
    key, first, second = IdempotencyKey("k", "x"), a_message(), a_message()
    await ledger.reserve(ANNS_ID, first, NOON, TWO, key)
    await ledger.release(ANNS_ID, first, NOON)

    again = await ledger.reserve(ANNS_ID, second, NOON, TWO, key)

    assert (again.id, again.repeated, again.used) == (second, False, 1)


async def test_a_key_counts_once_a_day_and_stands_for_one_request(
    ledger: MessageLedger, know: Know
) -> None:
    await know(a_user())
    key, message = IdempotencyKey("k", "x"), a_message()
    await ledger.reserve(ANNS_ID, message, NOON, TWO, key)

    again = await ledger.reserve(ANNS_ID, a_message(), NOON + DAY / 2, TWO, key)
    with pytest.raises(IdempotencyKeyReusedError):
        await ledger.reserve(ANNS_ID, a_message(), NOON, TWO, replace(key, fingerprint="y"))
    next_day = await ledger.reserve(ANNS_ID, a_message(), NOON + DAY, TWO, key)

    assert (again.id, again.repeated) == (message, True)
    assert (next_day.used, next_day.repeated) == (2, False)


async def test_users_near_their_limit_are_listed_nearest_first(
    ledger: MessageLedger, know: Know
) -> None:
    far = a_user(id=UserId(uuid4()), clerk_user_id=None, email="far@example.com")
    stale = replace(far, id=UserId(uuid4()), email="stale@example.com")
    await know(
        a_user(messages=MessageCounter(80, NOON)),
        bob(messages=MessageCounter(999, NOON), subscription=Subscription(Tier.PAID)),
        replace(far, messages=MessageCounter(79, NOON)),
        replace(stale, messages=MessageCounter(100, NOON - 31 * DAY)),
    )

    near = await ledger.near_limit(NOON, DEFAULT_LIMITS, 0.8, 9)

    assert near == [
        UserUsage(BOBS_ID, "bob@example.com", Tier.PAID, 999, 1000),
        UserUsage(ANNS_ID, "ann@example.com", Tier.FREE, 80, 100),
    ]
    assert await ledger.near_limit(NOON, DEFAULT_LIMITS, 0.8, 1) == near[:1]
