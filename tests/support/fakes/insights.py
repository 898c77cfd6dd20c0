"""Insights in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.insights import Insight, InsightFilter, InsightMarks, Insights
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioNotFoundError
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger


class InMemoryInsights(Insights):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._ledger = InMemoryMessageLedger(store)

    async def add(self, insight: Insight) -> bool:
        if not self._ledger.is_open(insight.id):
            return False
        if (insight.user_id, insight.topic.portfolio_id) not in self._store.portfolios:
            raise PortfolioNotFoundError
        await self._ledger.charge(insight.user_id, insight.id)
        self._store.insights[insight.id] = insight
        return True

    async def is_under_way(self, user: UserId, insight: MessageId) -> bool:
        return self._ledger.is_open(insight) and self._store.entries[insight].user == user

    async def find(self, user: UserId, insight: MessageId) -> Insight | None:
        known = self._store.insights.get(insight)
        return known if known and known.user_id == user and self._is_there(known) else None

    async def count(self, user: UserId, which: InsightFilter) -> int:
        return len(self._of(user, which))

    async def list(
        self, user: UserId, which: InsightFilter, *, limit: int, offset: int
    ) -> Sequence[Insight]:
        return self._of(user, which)[offset : offset + limit]

    async def mark(self, user: UserId, insight: MessageId, marks: InsightMarks) -> Insight | None:
        named = {"viewed": marks.viewed, "dismissed": marks.dismissed}
        changes = {name: value for name, value in named.items() if value is not None}
        return await self._change(user, insight, **changes)

    async def rate(
        self, user: UserId, insight: MessageId, rating: int, feedback: str | None
    ) -> Insight | None:
        return await self._change(user, insight, rating=rating, feedback=feedback)

    async def _change(self, user: UserId, insight: MessageId, **changes: Any) -> Insight | None:
        known = await self.find(user, insight)
        if known is None:
            return None
        self._store.insights[insight] = changed = replace(known, **changes)
        return changed

    def _of(self, user: UserId, which: InsightFilter) -> Sequence[Insight]:
        own = [
            each
            for each in self._store.insights.values()
            if each.user_id == user
            and self._is_there(each)
            and each.topic.portfolio_id == which.portfolio_id
            and which.kind in {None, each.topic.kind}
            and (which.since is None or each.created_at >= which.since)
        ]
        own.sort(key=lambda each: each.id)
        own.sort(key=lambda each: each.created_at, reverse=True)
        return own

    def _is_there(self, insight: Insight) -> bool:
        own = self._store.portfolios_of(insight.user_id)
        return insight.topic.portfolio_id in {portfolio.id for portfolio in own}
