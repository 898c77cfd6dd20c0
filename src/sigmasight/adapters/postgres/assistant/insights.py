"""Insights in Postgres: each is stored in one transaction with the end of the message it takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows, transaction_of
from sigmasight.adapters.postgres.usage.settling import keep
from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.insights import (
    Insight,
    InsightFilter,
    InsightMarks,
    Insights,
    InsightTopic,
)
from sigmasight.domain.assistant.language_model import Analysis, InsightType, Severity, TokenUsage
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError

ADD: Final = """
INSERT INTO insights
    (user_id, id, portfolio_id, insight_type, focus_area, user_question, title, severity, summary,
     key_findings, recommendations, full_analysis, data_limitations, prompt_tokens,
     completion_tokens, generation_ms, created_at, viewed, dismissed, user_rating, user_feedback)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, $21)
"""
IS_OPEN: Final = """
SELECT EXISTS (
    SELECT FROM ai_message_reservations WHERE user_id = $1 AND message_id = $2
) AS is_open
"""
THEIR_PORTFOLIO: Final = """
portfolios.user_id = insights.user_id AND portfolios.id = insights.portfolio_id
AND portfolios.deleted_at IS NULL
"""
FIND: Final = f"""
SELECT insights.* FROM insights JOIN portfolios ON {THEIR_PORTFOLIO}
WHERE insights.user_id = $1 AND insights.id = $2
"""  # noqa: S608  nothing but constants of this module
WHICH: Final = f"""
FROM insights JOIN portfolios ON {THEIR_PORTFOLIO}
WHERE insights.user_id = $1 AND insights.portfolio_id = $2
    AND ($3::varchar IS NULL OR insights.insight_type = $3)
    AND ($4::timestamptz IS NULL OR insights.created_at >= $4)
"""
COUNT: Final = f"SELECT count(*) AS count {WHICH}"
LIST: Final = f"""
SELECT insights.* {WHICH} ORDER BY insights.created_at DESC, insights.id LIMIT $5 OFFSET $6
"""
MARK: Final = f"""
UPDATE insights SET viewed = coalesce($3, viewed), dismissed = coalesce($4, dismissed)
FROM portfolios WHERE {THEIR_PORTFOLIO} AND insights.user_id = $1 AND insights.id = $2
RETURNING insights.*
"""  # noqa: S608  the same
RATE: Final = f"""
UPDATE insights SET user_rating = $3, user_feedback = $4
FROM portfolios WHERE {THEIR_PORTFOLIO} AND insights.user_id = $1 AND insights.id = $2
RETURNING insights.*
"""  # noqa: S608  the same
MILLISECOND: Final = timedelta(milliseconds=1)


class PostgresInsights(Insights):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, insight: Insight) -> bool:
        try:
            async with transaction_of(self._pool) as connection:
                if not await keep(connection, insight.user_id, insight.id):
                    return False
                await connection.execute(ADD, *_columns(insight))
                return True
        except asyncpg.ForeignKeyViolationError:
            raise PortfolioNotFoundError from None

    async def is_under_way(self, user: UserId, insight: MessageId) -> bool:
        row = await fetch_row(self._pool, IS_OPEN, user, insight)
        return bool(row["is_open"])

    async def find(self, user: UserId, insight: MessageId) -> Insight | None:
        return await self._one(FIND, user, insight)

    async def count(self, user: UserId, which: InsightFilter) -> int:
        row = await fetch_row(self._pool, COUNT, user, *_which(which))
        return int(row["count"])

    async def list(
        self, user: UserId, which: InsightFilter, *, limit: int, offset: int
    ) -> Sequence[Insight]:
        rows = await fetch_rows(self._pool, LIST, user, *_which(which), limit, offset)
        return [_insight(row) for row in rows]

    async def mark(self, user: UserId, insight: MessageId, marks: InsightMarks) -> Insight | None:
        return await self._one(MARK, user, insight, marks.viewed, marks.dismissed)

    async def rate(
        self, user: UserId, insight: MessageId, rating: int, feedback: str | None
    ) -> Insight | None:
        return await self._one(RATE, user, insight, rating, feedback)

    async def _one(self, query: str, *arguments: object) -> Insight | None:
        row = await fetch_row(self._pool, query, *arguments)
        return None if row is None else _insight(row)


def _which(which: InsightFilter) -> tuple[PortfolioId, str | None, datetime | None]:
    return which.portfolio_id, which.kind and which.kind.value, which.since


def _columns(insight: Insight) -> tuple[object, ...]:
    """Return an insight as ADD has it."""
    topic, analysis, spent = insight.topic, insight.analysis, insight.analysis.token_usage
    return (
        insight.user_id,
        insight.id,
        topic.portfolio_id,
        topic.kind.value,
        topic.focus_area,
        topic.user_question,
        analysis.title,
        analysis.severity.value,
        analysis.summary,
        list(analysis.key_findings),
        list(analysis.recommendations),
        analysis.full_analysis,
        analysis.data_limitations,
        None if spent is None else spent.prompt,
        None if spent is None else spent.completion,
        insight.took // MILLISECOND,
        insight.created_at,
        insight.viewed,
        insight.dismissed,
        insight.rating,
        insight.feedback,
    )


def _insight(row: Any) -> Insight:
    return Insight(
        id=MessageId(row["id"]),
        user_id=UserId(row["user_id"]),
        topic=InsightTopic(
            portfolio_id=PortfolioId(row["portfolio_id"]),
            kind=InsightType(row["insight_type"]),
            focus_area=row["focus_area"],
            user_question=row["user_question"],
        ),
        analysis=Analysis(
            title=row["title"],
            severity=Severity(row["severity"]),
            summary=row["summary"],
            key_findings=row["key_findings"],
            recommendations=row["recommendations"],
            full_analysis=row["full_analysis"],
            data_limitations=row["data_limitations"],
            token_usage=_spent(row),
        ),
        created_at=row["created_at"],
        took=row["generation_ms"] * MILLISECOND,
        viewed=row["viewed"],
        dismissed=row["dismissed"],
        rating=row["user_rating"],
        feedback=row["user_feedback"],
    )


def _spent(row: Any) -> TokenUsage | None:
    if row["prompt_tokens"] is None:
        return None
    return TokenUsage(row["prompt_tokens"], row["completion_tokens"])
