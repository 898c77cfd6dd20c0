"""Insights in Postgres: each is stored in one transaction with the end of its message."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import Boolean, ColumnElement, Index, Integer, String, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import (
    INSTANT,
    Milliseconds,
    in_existing_portfolio,
    portfolio_foreign_key,
)
from sigmasight.adapters.postgres.engine import PostgresTransaction, raw_connection
from sigmasight.adapters.postgres.repository import FLATTENED, EntityRepository, Ordering
from sigmasight.adapters.postgres.usage.ledger import ReservationRow
from sigmasight.adapters.postgres.usage.settle import charge
from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.insights import Insight, InsightFilter, InsightMarks, Insights
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioNotFoundError


class InsightRow(DefaultBase):
    __tablename__ = "insights"
    __table_args__ = (
        portfolio_foreign_key(),
        Index("ix_insights_created_at", "user_id", "portfolio_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    kind: Mapped[str] = mapped_column("insight_type", String(50))
    focus_area: Mapped[str | None] = mapped_column(String(200))
    user_question: Mapped[str | None] = mapped_column(String(1000))
    title: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(Text)
    key_findings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    recommendations: Mapped[list[str]] = mapped_column(ARRAY(Text))
    full_analysis: Mapped[str] = mapped_column(Text)
    data_limitations: Mapped[str] = mapped_column(Text)
    prompt: Mapped[int | None] = mapped_column("prompt_tokens", Integer)
    completion: Mapped[int | None] = mapped_column("completion_tokens", Integer)
    took: Mapped[timedelta] = mapped_column("generation_ms", Milliseconds)
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    viewed: Mapped[bool] = mapped_column(Boolean)
    dismissed: Mapped[bool] = mapped_column(Boolean)
    rating: Mapped[int | None] = mapped_column("user_rating", Integer)
    feedback: Mapped[str | None] = mapped_column("user_feedback", Text)
    topic = FLATTENED
    analysis = FLATTENED

    @property
    def token_usage(self) -> Any:
        return None if self.prompt is None else self


class InsightRepository(EntityRepository[InsightRow, Insight]):
    model_type = InsightRow
    entity_type = Insight
    ordering: ClassVar[Ordering] = [(InsightRow.created_at, True), (InsightRow.id, False)]

    async def add_if_reserved(self, insight: Insight) -> bool:
        """Settle its message, and store an insight if that was still to settle."""
        connection = await raw_connection(self.session)
        if not await charge(connection, insight.user_id, insight.id):
            return False
        await self.put(insight)
        return True


class PostgresInsights(Insights):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, insight: Insight) -> bool:
        async with InsightRepository.opened(self._engine) as insights:
            try:
                return await PostgresTransaction(insights.session).run(
                    partial(insights.add_if_reserved, insight)
                )
            except IntegrityError:  # the portfolio is its one reference to another row
                raise PortfolioNotFoundError from None

    async def is_under_way(self, user: UserId, insight: MessageId) -> bool:
        reserved = select(ReservationRow.message_id).where(
            ReservationRow.user_id == user, ReservationRow.message_id == insight
        )
        async with InsightRepository.opened(self._engine) as insights:
            return await insights.session.scalar(reserved) is not None

    async def find(self, user: UserId, insight: MessageId) -> Insight | None:
        async with InsightRepository.opened(self._engine) as insights:
            return await insights.find(*_owned_by(user), InsightRow.id == insight)

    async def count(self, user: UserId, which: InsightFilter) -> int:
        async with InsightRepository.opened(self._engine) as insights:
            return await insights.count(*_matching(user, which))

    async def list(
        self, user: UserId, which: InsightFilter, *, limit: int, offset: int
    ) -> Sequence[Insight]:
        async with InsightRepository.opened(self._engine) as insights:
            return await insights.find_all(*_matching(user, which), LimitOffset(limit, offset))

    async def mark(self, user: UserId, insight: MessageId, marks: InsightMarks) -> Insight | None:
        return await self._change(
            user,
            insight,
            viewed=func.coalesce(literal(marks.viewed, Boolean), InsightRow.viewed),
            dismissed=func.coalesce(literal(marks.dismissed, Boolean), InsightRow.dismissed),
        )

    async def rate(
        self, user: UserId, insight: MessageId, rating: int, feedback: str | None
    ) -> Insight | None:
        return await self._change(user, insight, rating=rating, feedback=feedback)

    async def _change(self, user: UserId, insight: MessageId, **values: Any) -> Insight | None:
        async with InsightRepository.opened(self._engine) as insights:
            changed = await insights.change(*_owned_by(user), InsightRow.id == insight, **values)
        return changed[0] if changed else None


def _owned_by(user: UserId) -> tuple[ColumnElement[bool], ...]:
    return InsightRow.user_id == user, in_existing_portfolio(InsightRow)


def _matching(user: UserId, which: InsightFilter) -> tuple[ColumnElement[bool], ...]:
    wanted = [*_owned_by(user), InsightRow.portfolio_id == which.portfolio_id]
    if which.kind is not None:
        wanted.append(InsightRow.kind == which.kind.value)
    if which.since is not None:
        wanted.append(InsightRow.created_at >= which.since)
    return tuple(wanted)
