"""Whatever the order and however often, the same events end in the same user."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.billing import ItemStatus
from sigmasight.domain.identity.users import AccountInactiveError, User
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.builders.clerk_events import (
    an_item,
    milliseconds,
    subscribed,
    subscription,
    subscription_item,
    unsubscribed,
    user_created,
    user_deleted,
    user_updated,
)
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.users import ANN, ANNS_ID, BOB, a_session
from tests.support.providers.identity_services import IdentityServices

CLEO: Final = ClerkUserId("user_cleo")
TOKEN: Final = b"the first token"
FIELDS_OF_ARRIVAL: Final = {"id": ANNS_ID, "created_at": NOON}

INSTANTS = st.integers(0, 3).map(lambda minutes: NOON + minutes * MINUTE)
ADDRESSES = st.sampled_from(["ann@example.com", "ANN@example.com", "ann@example.org"])
NAMES = st.sampled_from([None, "", "Ann", "Anna"])
LIFE = st.tuples(
    st.builds(user_created, at=INSTANTS, email=ADDRESSES, first_name=NAMES, last_name=NAMES),
    st.builds(user_updated, at=INSTANTS, email=ADDRESSES, first_name=NAMES, last_name=NAMES),
    st.builds(subscribed, at=INSTANTS, plan=st.sampled_from(["pro", "paid", "free_user"])),
    st.builds(unsubscribed, at=INSTANTS),
)
"""What happens in the life of an account, each at its own fixed time; times may be equal."""

ITEMS = st.builds(
    an_item,
    status=st.sampled_from(ItemStatus).map(str),
    at=INSTANTS,
    item_id=st.sampled_from(["csub_item_1", "csub_item_2"]),
    plan=st.sampled_from(["pro", "free_user", None]),
    period_end=st.none() | INSTANTS.map(lambda at: at + DAY),
    past_due_at=st.none() | INSTANTS.map(milliseconds),
)
BILLS = st.lists(
    st.builds(subscription, st.just("updated"), ITEMS, ITEMS, at=INSTANTS)
    | st.builds(
        subscription_item,
        st.just("updated"),
        st.sampled_from(ItemStatus).map(str),
        at=INSTANTS,
        item_id=st.sampled_from(["csub_item_1", "csub_item_2"]),
        plan=st.sampled_from(["pro", "free_user", None]),
        has_payer=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def arrivals(events: Sequence[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Return the events in any order, any of them any number of times but never none."""
    again = st.lists(st.sampled_from(events), max_size=4)
    return again.flatmap(lambda more: st.permutations([*events, *more]))


def two_arrivals(events: Sequence[bytes]) -> st.SearchStrategy[tuple[list[bytes], list[bytes]]]:
    return st.tuples(arrivals(events), arrivals(events))


async def outcome_of(events: Sequence[bytes]) -> User:
    """Let the events arrive, a minute after one another, and return the row but for its birth."""
    identity = IdentityServices()
    for event in events:
        identity.clock.advance(timedelta(minutes=1))
        if event == TOKEN:
            await _sign_in(identity)
        else:
            await identity.deliver(event)
    return _but_for_its_birth(identity.row())


async def _sign_in(identity: IdentityServices) -> None:
    try:
        await identity.identify(a_session())
    except AccountInactiveError:
        """A deleted account's token is refused, and has to leave no trace."""


def _but_for_its_birth(user: User) -> User:
    messages = replace(user.messages, reset_at=NOON)
    return replace(user, id=UserId(ANNS_ID), created_at=NOON, messages=messages)


@given(LIFE.flatmap(two_arrivals))
async def test_any_order_of_arrival_ends_in_the_same_state(
    orders: tuple[list[bytes], list[bytes]],
) -> None:
    one, other = orders

    assert await outcome_of(one) == await outcome_of(other)


@given(
    st.tuples(LIFE, INSTANTS).flatmap(
        lambda lived: two_arrivals([*lived[0], user_deleted(at=lived[1])])
    )
)
async def test_any_order_of_arrival_ends_in_the_same_deleted_state(
    orders: tuple[list[bytes], list[bytes]],
) -> None:
    one, other = orders

    ended = await outcome_of(one)

    assert ended == await outcome_of(other)
    assert not ended.is_active


@given(LIFE.flatmap(lambda life: st.tuples(st.permutations([*life, TOKEN]), arrivals(life))))
async def test_the_first_token_may_come_at_any_point_among_the_events(
    orders: tuple[list[bytes], list[bytes]],
) -> None:
    with_token, without = orders

    assert await outcome_of(with_token) == await outcome_of(without)


@given(
    LIFE.flatmap(
        lambda life: st.tuples(
            st.permutations([*life, TOKEN, user_deleted(at=NOON)]),
            arrivals([*life, user_deleted(at=NOON)]),
        )
    )
)
async def test_the_first_token_may_come_at_any_point_before_or_after_the_deletion(
    orders: tuple[list[bytes], list[bytes]],
) -> None:
    with_token, without = orders

    assert await outcome_of(with_token) == await outcome_of(without)


def at_one_instant(at: datetime) -> list[bytes]:
    return [
        user_created(at=at, email="ann@example.com"),
        user_updated(at=at, email="ann@example.org", first_name="Anna"),
        subscribed(at=at, plan="pro"),
        subscribed(at=at, plan="free_user"),
        unsubscribed(at=at),
    ]


@given(INSTANTS.map(at_one_instant).flatmap(two_arrivals))
async def test_equal_event_times_leave_nothing_to_the_order_of_arrival(
    orders: tuple[list[bytes], list[bytes]],
) -> None:
    one, other = orders

    assert await outcome_of(one) == await outcome_of(other)


@given(st.tuples(LIFE, BILLS).flatmap(lambda lived: two_arrivals([*lived[0], *lived[1]])))
async def test_any_order_of_billing_events_ends_in_the_same_tier(
    orders: tuple[list[bytes], list[bytes]],
) -> None:
    one, other = orders

    assert await outcome_of(one) == await outcome_of(other)


ANN_MOVES_INTO_BOBS_OLD_ADDRESS_AND_LEAVES_IT_TO_CLEO: Final = [
    user_created(BOB, at=NOON, email="x@example.com"),
    user_created(ANN, at=NOON, email="ann@example.com"),
    user_updated(BOB, at=NOON + MINUTE, email="bob@example.com"),
    user_updated(ANN, at=NOON + 2 * MINUTE, email="x@example.com"),
    user_deleted(ANN, at=NOON + 3 * MINUTE),
    user_created(CLEO, at=NOON + 4 * MINUTE, email="x@example.com"),
]


@given(arrivals(ANN_MOVES_INTO_BOBS_OLD_ADDRESS_AND_LEAVES_IT_TO_CLEO))
async def test_an_address_that_is_passed_around_ends_with_the_same_users_in_any_order(
    events: list[bytes],
) -> None:
    identity = IdentityServices()

    await identity.deliver(*events)

    ends = {
        account: (identity.row(account).email, identity.row(account).is_active)
        for account in (ANN, BOB, CLEO)
    }
    assert ends == {
        ANN: ("x@example.com", False),
        BOB: ("bob@example.com", True),
        CLEO: ("x@example.com", True),
    }
