"""The insight use cases and Ann's portfolio, in memory."""

from typing import Any

import pytest

from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import (
    IdempotencyKey,
    ReleaseExpiredReservations,
)
from sigmasight.domain.assistant.insight_generation import (
    FollowInsight,
    GeneratedInsight,
    GenerateInsight,
)
from sigmasight.domain.assistant.insights import Insight, InsightTopic
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    InsightType,
    ModelFailure,
)
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.insights import InMemoryInsights
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.language_model import FakeLanguageModel
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.portfolio_contexts import InMemoryPortfolioContexts
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger

__all__ = ["workspace"]


OVERLOADED = AiUnavailableError(ModelFailure.RATE_LIMITED, "Too much to do.")


class InsightWorkspace:
    """The insight use cases and Ann's portfolio, in memory."""

    def __init__(self) -> None:
        self.portfolio = a_portfolio()
        self.store = InMemoryStore(
            users={ANNS_ID: a_user()}, portfolios={(ANNS_ID, self.portfolio.id): self.portfolio}
        )
        self.clock = FixedClock(NOON)
        self.model = FakeLanguageModel()
        self.insights = InMemoryInsights(self.store)
        ledger = InMemoryMessageLedger(self.store)
        self.generate_insight = GenerateInsight(
            self.insights,
            ledger,
            InMemoryPortfolioContexts(self.store),
            InMemoryMemories(self.store),
            self.model,
            DEFAULT_LIMITS,
            self.clock,
        )
        self.follow = FollowInsight(self.insights)
        self.release_expired = ReleaseExpiredReservations(ledger, self.clock)

    def topic(self, **about: Any) -> InsightTopic:
        return InsightTopic(
            **{"portfolio_id": self.portfolio.id, "kind": InsightType.DAILY_SUMMARY, **about}
        )

    async def generate(self, key: str | None = None, **about: Any) -> GeneratedInsight:
        topic = self.topic(**about)
        return await self.generate_insight(
            topic, IdempotencyKey(key, str(topic)) if key else None, by=ANNS_ID
        )

    async def insight(self, **about: Any) -> Insight:
        insight = (await self.generate(**about)).insight
        assert insight
        return insight

    @property
    def used(self) -> int:
        return self.store.used_messages(ANNS_ID)

    @property
    def open_reservations(self) -> int:
        return self.store.open_reservations

    @property
    def has_nothing_to_show(self) -> bool:
        """Whether there is no insight, nothing that was paid for, and nothing under way."""
        left = (self.used, self.open_reservations, self.model.open)
        return self.store.insights == {} and left == (0, 0, 0)


@pytest.fixture
def workspace() -> InsightWorkspace:
    return InsightWorkspace()
