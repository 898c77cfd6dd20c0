"""Analyses of the caller's portfolios, over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller, Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from sigmasight.domain.access.usage import AiLimitReachedError, IdempotencyKeyReusedError, MessageId
from sigmasight.domain.assistant.insights import (
    Insight,
    InsightMarks,
    InsightNotFoundError,
    InsightPage,
    InsightTopic,
    MarkInsight,
    RateInsight,
    ReadInsights,
)
from sigmasight.domain.assistant.language_model import AiUnavailableError, InsightType, Severity
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.headers import KeyHeader, rate_limit_headers, read_idempotency_key
from sigmasight.entrypoints.http.insight_tasks import InsightTasks
from sigmasight.entrypoints.http.requests import Lines
from sigmasight.entrypoints.http.route_handlers import get, patch, post
from sigmasight.entrypoints.http.schemas import build_view

FocusArea = Annotated[Lines, msgspec.Meta(max_length=200)]
UserQuestion = Annotated[Lines, msgspec.Meta(max_length=1_000)]
Rating = Annotated[int, msgspec.Meta(ge=1, le=5)]
Feedback = Annotated[Lines, msgspec.Meta(max_length=2_000)]


class GenerateInsightBody(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    insight_type: InsightType
    focus_area: FocusArea | None = None
    user_question: UserQuestion | None = None


class MarkInsightBody(msgspec.Struct, frozen=True):
    viewed: bool | None = None
    dismissed: bool | None = None


class RateInsightBody(msgspec.Struct, frozen=True):
    rating: Rating
    feedback: Feedback | None = None


class InsightPerformanceView(msgspec.Struct, frozen=True):
    """`token_count` is 0 if unknown; so is `cost_usd`, as providers do not report prices."""

    cost_usd: float
    generation_time_ms: int
    token_count: int


class InsightView(msgspec.Struct, frozen=True):
    id: UUID
    portfolio_id: UUID
    insight_type: InsightType
    title: str
    severity: Severity
    summary: str
    key_findings: list[str]
    recommendations: list[str]
    full_analysis: str
    data_limitations: str
    focus_area: str | None
    user_question: str | None
    created_at: datetime
    viewed: bool
    dismissed: bool
    user_rating: int | None
    user_feedback: str | None
    performance: InsightPerformanceView


class InsightsView(msgspec.Struct, frozen=True):
    insights: list[InsightView]
    total: int
    has_more: bool


class InsightController(Controller):
    path = "/insights"
    tags = ["Insights"]

    @post(
        "/generate",
        Access.VALIDATED,
        PortfolioNotFoundError,
        AiLimitReachedError,
        IdempotencyKeyReusedError,
        AiUnavailableError,
    )
    async def generate_insight(
        self,
        data: JSONBody[GenerateInsightBody],
        user: FromDishka[User],
        generate: FromDishka[InsightTasks],
        clock: FromDishka[Clock],
        idempotency_key: KeyHeader = None,
    ) -> Response[InsightView]:
        """Use one AI message to generate an insight into one of the caller's portfolios.

        A `custom` insight needs a `user_question`. The message is refunded if generation fails.
        """
        key = read_idempotency_key(idempotency_key, data)
        insight, message = await generate(_topic(data), key, by=user.id)
        headers = rate_limit_headers(used=message.used, allowed=message.limit, now=clock.now())
        return Response(_view(insight), headers=headers, status_code=HTTP_201_CREATED)

    @get("/portfolio/{portfolio_id:uuid}", Access.VALIDATED, PortfolioNotFoundError)
    async def list_insights(  # noqa: PLR0913, PLR0917  query parameters
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadInsights],
        insight_type: FromQuery[InsightType | None] = None,
        days_back: Annotated[int, QueryParameter(ge=1, le=3_650)] = 30,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
        offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    ) -> InsightsView:
        """List the insights into one of the caller's portfolios, newest first."""
        page = await read.of_portfolio(
            PortfolioId(portfolio_id),
            insight_type,
            by=user.id,
            within=timedelta(days=days_back),
            limit=limit,
            offset=offset,
        )
        return _page(page)

    @get("/{insight_id:uuid}", Access.VALIDATED, InsightNotFoundError)
    async def read_insight(
        self, insight_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadInsights]
    ) -> InsightView:
        """Read one of the caller's insights."""
        return _view(await read.one(MessageId(insight_id), by=user.id))

    @patch("/{insight_id:uuid}", Access.VALIDATED, InsightNotFoundError)
    async def mark_insight(
        self,
        insight_id: FromPath[UUID],
        data: JSONBody[MarkInsightBody],
        user: FromDishka[User],
        mark: FromDishka[MarkInsight],
    ) -> InsightView:
        """Mark an insight as viewed or dismissed, or undo either."""
        marks = InsightMarks(data.viewed, data.dismissed)
        return _view(await mark(MessageId(insight_id), marks, by=user.id))

    @post(
        "/{insight_id:uuid}/feedback",
        Access.VALIDATED,
        InsightNotFoundError,
        status_code=HTTP_200_OK,
    )
    async def rate_insight(
        self,
        insight_id: FromPath[UUID],
        data: JSONBody[RateInsightBody],
        user: FromDishka[User],
        rate: FromDishka[RateInsight],
    ) -> InsightView:
        """Rate an insight; this replaces an earlier rating."""
        return _view(await rate(MessageId(insight_id), data.rating, data.feedback, by=user.id))


def _topic(body: GenerateInsightBody) -> InsightTopic:
    """Return the requested topic; blank texts count as missing."""
    return InsightTopic(
        portfolio_id=PortfolioId(body.portfolio_id),
        kind=body.insight_type,
        focus_area=(body.focus_area or "").strip() or None,
        user_question=(body.user_question or "").strip() or None,
    )


def _page(page: InsightPage) -> InsightsView:
    return InsightsView([_view(insight) for insight in page.insights], page.total, page.has_more)


def _view(insight: Insight) -> InsightView:
    return build_view(
        InsightView,
        insight,
        insight.topic,
        insight.analysis,
        insight_type=insight.topic.kind,
        user_rating=insight.rating,
        user_feedback=insight.feedback,
        performance=InsightPerformanceView(
            cost_usd=0,
            generation_time_ms=insight.took // timedelta(milliseconds=1),
            token_count=insight.tokens or 0,
        ),
    )
