"""Generating insights: from a topic and the message it takes to an analysis that is stored."""

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
    """A message that was taken, and the insight it was taken for."""

    reservation: ReservedMessage
    insight: Insight | None
    """None where the same was asked before: the first one is being generated, or was."""


@dataclass(frozen=True, slots=True)
class GenerateInsight:
    """Take a message, have a portfolio analysed, and settle however that ends."""

    insights: Insights
    ledger: MessageLedger
    books: PortfolioContexts
    memories: Memories
    model: LanguageModel
    limits: TierLimits
    clock: Clock

    async def __call__(
        self, topic: InsightTopic, key: IdempotencyKey | None, *, by: UserId
    ) -> GeneratedInsight:
        """Raise, before anything is taken, ValidationFailedError or PortfolioNotFoundError.

        Or AiLimitReachedError or IdempotencyKeyReusedError; and with the message given back
        AiUnavailableError, or DatabaseUnavailableError.
        """
        if topic.kind is InsightType.CUSTOM and not topic.user_question:
            fault = FieldError("user_question", "is what a custom insight answers", "required")
            raise ValidationFailedError(fault)
        books = await self.books.read(by, [topic.portfolio_id])
        if not books:
            raise PortfolioNotFoundError
        taken = await self.ledger.reserve(
            by, MessageId(new_id()), self.clock.now(), self.limits, key
        )
        if taken.repeated:
            return GeneratedInsight(reservation=taken, insight=None)
        try:
            insight = await self._insight(taken.id, topic, books[0], by)
        except BaseException as error:
            await self.ledger.release(by, taken.id, self.clock.now())
            if isinstance(error, DomainError) or not isinstance(error, Exception):
                raise
            raise AiUnavailableError(ModelFailure.SERVER_ERROR) from error
        return GeneratedInsight(reservation=taken, insight=insight)

    async def _insight(
        self, message: MessageId, topic: InsightTopic, book: PortfolioContext, user: UserId
    ) -> Insight:
        began = self.clock.now()
        memories = await self.memories.relevant_to(user, [topic.portfolio_id])
        request = AnalysisRequest(
            kind=topic.kind,
            portfolio=book,
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
            raise AiUnavailableError(ModelFailure.NETWORK_ERROR)  # its message's lease has run out
        return insight

    async def _analysis(self, request: AnalysisRequest) -> Analysis:
        """Ask the model, and once more if what it writes has another form."""
        try:
            return await self.model.analyse(request)
        except MalformedAnalysisError:
            return await self.model.analyse(request)


@dataclass(frozen=True, slots=True)
class FollowInsight:
    """Look how an insight is doing that was asked for before."""

    insights: Insights

    async def __call__(self, insight: MessageId, *, by: UserId) -> Insight | None:
        """Return it once it is there, None until then; raise AiUnavailableError if it failed."""
        # In this order: what is settled between the two questions is found by the second.
        is_under_way = await self.insights.is_under_way(by, insight)
        known = await self.insights.find(by, insight)
        if known is None and not is_under_way:
            raise AiUnavailableError(ModelFailure.SERVER_ERROR)
        return known


def _about(topic: InsightTopic) -> str:
    words = [topic.kind.replace("_", " "), topic.focus_area, topic.user_question]
    return " ".join(word for word in words if word)
