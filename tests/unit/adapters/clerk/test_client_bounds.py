"""Bounds of the client of Clerk's Backend API: waits between tries, and the size of an answer."""

from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from tenacity import AsyncRetrying, Future, RetryCallState

from sigmasight.adapters.clerk.client import (
    BATCH,
    FIRST_WAIT,
    INTERACTIVE,
    MAX_BYTES,
    SHORTEST_WAIT,
    RetryPolicy,
    _WaitStrategy,
)
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from tests.support.builders.instants import NOON
from tests.unit.adapters.clerk.scripted_clerk import ScriptedClerk, answer
from tests.unit.adapters.clerk.test_client import ask, question


@pytest.mark.parametrize("policy", [BATCH, INTERACTIVE])
def test_waits_are_random_and_grow_between_a_tenth_and_the_longest(policy: RetryPolicy) -> None:
    wait = _WaitStrategy(policy)
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.outcome = Future.construct(1, ValueError(), has_exception=True)

    first = [wait(state) for _ in range(200)]
    state.attempt_number = 10
    tenth = [wait(state) for _ in range(200)]

    assert SHORTEST_WAIT <= min(first) < max(first) <= FIRST_WAIT
    assert FIRST_WAIT < max(tenth) <= policy.max_backoff


async def test_a_time_to_ask_again_that_has_passed_is_no_wait() -> None:
    past = format_datetime(NOON - timedelta(seconds=7), usegmt=True)

    with pytest.raises(IdentityProviderUnavailableError) as outage:
        await ask(ScriptedClerk(answer({}, 429, Retry_After=past)), question())

    assert outage.value.retry_after == 0


async def test_an_answer_of_the_largest_size_is_read_whole() -> None:
    largest = httpx.Response(200, content=bytes(MAX_BYTES))

    given = await ask(ScriptedClerk(largest), question())

    assert len(given.content) == MAX_BYTES
