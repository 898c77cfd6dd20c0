"""Fakes that fail on request."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sigmasight.domain.identity.users import (
    Overview,
    User,
)
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.fakes.identity import InMemoryCallers
from tests.support.fakes.kernel import ImmediateTransaction

T = TypeVar("T")


class FragileTransaction(ImmediateTransaction):
    """Raises `failure` while it is set."""

    failure: Exception | None = None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        if self.failure:
            raise self.failure
        return await super().run(work)


class FragileCallers(InMemoryCallers):
    """Raises `failure` while it is set."""

    failure: Exception | None = None

    async def find(self, who: ClerkUserId | UserId, session_id: str | None = None) -> User | None:
        if self.failure:
            raise self.failure
        return await super().find(who, session_id)

    async def overview(
        self, who: ClerkUserId | UserId, session_id: str | None = None
    ) -> Overview | None:
        if self.failure:
            raise self.failure
        return await super().overview(who, session_id)
