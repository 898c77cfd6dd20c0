"""Generating insights: the message reserved for one, the model's analysis, and its storage."""

import asyncio
from dataclasses import dataclass

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, MessageLedger, ReservedMessage
from sigmasight.domain.assistant.chat import REPLY_SECONDS, PortfolioContexts
from sigmasight.domain.assistant.insights import Insight, Insights, InsightTopic
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Analysis,
    AnalysisRequest,
    InsightType,
    LanguageModel,
    MalformedAnalysisError,
    ModelFailure,
    PortfolioContext,
)
from sigmasight.domain.assistant.memories import Memories, rank_memories
from sigmasight.domain.kernel import (
    Clock,
    DomainError,
    FieldError,
    UserId,
    ValidationFailedError,
    new_id,
)
from sigmasight.domain.portfolios.portfolio import PortfolioNotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedInsight:
    """A reserved message, and the insight generated with it."""

    reservation: ReservedMessage
    insight: Insight | None
    """None for a repeated request, whose first one is being processed or has been."""


@dataclass(frozen=True, slots=True)
class GenerateInsight:
    """Reserve a message, let the model analyse a portfolio, and settle whatever happens."""

    insights: Insights
    ledger: MessageLedger
    contexts: PortfolioContexts
    memories: Memories
    model: LanguageModel
    limits: TierLimits
    clock: Clock

    async def __call__(
        self, topic: InsightTopic, key: IdempotencyKey | None, *, by: UserId
    ) -> GeneratedInsight:
        """Raise ValidationFailedError or PortfolioNotFoundError before a message is reserved.

        Also AiLimitReachedError or IdempotencyKeyReusedError; and, after the message is
        released, AiUnavailableError or DatabaseUnavailableError.
        """
        if topic.kind is InsightType.CUSTOM and not topic.user_question:
            missing = FieldError("user_question", "is what a custom insight answers", "required")
            raise ValidationFailedError(missing)
        contexts = await self.contexts.read(by, [topic.portfolio_id])
        if not contexts:
            raise PortfolioNotFoundError
        reserved = await self.ledger.reserve(
            by, MessageId(new_id()), self.clock.now(), self.limits, key
        )
        if reserved.repeated:
            return GeneratedInsight(reservation=reserved, insight=None)
        try:
            insight = await self._insight(reserved.id, topic, contexts[0], by)
        except BaseException as error:
            await self.ledger.release(by, reserved.id, self.clock.now())
            if isinstance(error, DomainError) or not isinstance(error, Exception):
                raise
            raise AiUnavailableError(ModelFailure.SERVER_ERROR) from error
        return GeneratedInsight(reservation=reserved, insight=insight)

    async def _insight(
        self, message: MessageId, topic: InsightTopic, context: PortfolioContext, user: UserId
    ) -> Insight:
        began = self.clock.now()
        memories = await self.memories.relevant_to(user, [topic.portfolio_id])
        request = AnalysisRequest(
            kind=topic.kind,
            portfolio=context,
            memories=[memory.content for memory in rank_memories(memories, _about(topic))],
            focus_area=topic.focus_area,
            user_question=topic.user_question,
            asked_at=began,
        )
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                analysis = await self._analysis(request)
        except TimeoutError as error:
            raise AiUnavailableError(ModelFailure.NETWORK_ERROR) from error
        now = self.clock.now()
        insight = Insight(
            id=message,
            user_id=user,
            topic=topic,
            analysis=analysis,
            created_at=now,
            took=now - began,
        )
        if not await self.insights.add(insight):
            raise AiUnavailableError(ModelFailure.NETWORK_ERROR)  # its message's lease has expired
        return insight

    async def _analysis(self, request: AnalysisRequest) -> Analysis:
        """Ask the model, and once more if its reply is malformed."""
        try:
            return await self.model.analyse(request)
        except MalformedAnalysisError:
            return await self.model.analyse(request)


@dataclass(frozen=True, slots=True)
class FollowInsight:
    """Read the insight of an earlier request."""

    insights: Insights

    async def __call__(self, insight: MessageId, *, by: UserId) -> Insight | None:
        """Return the insight once it is stored, else None; raise AiUnavailableError on failure."""
        # In this order, so that the second query finds what is settled between the two.
        is_under_way = await self.insights.is_under_way(by, insight)
        known = await self.insights.find(by, insight)
        if known is None and not is_under_way:
            raise AiUnavailableError(ModelFailure.SERVER_ERROR)
        return known


def _about(topic: InsightTopic) -> str:
    words = [topic.kind.replace("_", " "), topic.focus_area, topic.user_question]
    return " ".join(word for word in words if word)
