"""When a model is asked again, and after how long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import openai
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, wait_random_exponential

from sigmasight.adapters.language_model.faults import may_pass

TRIES: Final = 3
FIRST_WAIT: Final = 0.5
SHORTEST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 2.0
PATIENCE: Final = 5.0
"""The longest wait that a server may ask for, in seconds: somebody is looking at the screen."""

Sleep = Callable[[float], Awaitable[None]]


def retrying(sleep: Sleep = asyncio.sleep) -> AsyncRetrying:
    """Return what tries thrice while a failure may pass, and raises the last one as it is."""
    return AsyncRetrying(
        sleep=sleep,
        stop=stop_after_attempt(TRIES),
        wait=_Waits(multiplier=FIRST_WAIT, max=LONGEST_WAIT, min=SHORTEST_WAIT),
        retry=_may_pass_soon,
        reraise=True,
    )


def _may_pass_soon(state: RetryCallState) -> bool:
    failure = _failure(state)
    return failure is not None and may_pass(failure) and (told_to_wait(failure) or 0) <= PATIENCE


class _Waits(wait_random_exponential):
    """Waits as long as the server asks for, else a random while that grows."""

    def __call__(self, retry_state: RetryCallState) -> float:
        return told_to_wait(_failure(retry_state)) or super().__call__(retry_state)


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def told_to_wait(failure: BaseException | None) -> float | None:
    """Return the whole seconds a Retry-After names; these servers send no dates."""
    if not isinstance(failure, openai.APIStatusError):
        return None
    text = failure.response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None
