"""Insights on their way: who asks again under the same key waits for the first one."""

import asyncio
from typing import Final

import structlog
from prometheus_client import Counter

from sigmasight.domain.access.usage import IdempotencyKey, ReservedMessage
from sigmasight.domain.assistant.insight_generation import (
    FollowInsight,
    GeneratedInsight,
    GenerateInsight,
)
from sigmasight.domain.assistant.insights import Insight, InsightTopic
from sigmasight.domain.assistant.language_model import AiUnavailableError, ModelFailure
from sigmasight.domain.kernel import DomainError, UserId

POLL_SECONDS: Final = 0.25

ENDED: Final = Counter("sigmasight_ai_insights", "Insights by how they ended.", ["state"])

logger = structlog.stdlib.get_logger()

InsightOutcome = tuple[Insight, ReservedMessage]
"""An insight, and the message it took."""


class InsightTasks:
    """Has insights generated, each in a task of its own, until the process is to end."""

    def __init__(self, generate: GenerateInsight, follow: FollowInsight) -> None:
        self._generate = generate
        self._follow = follow
        self._under_way: set[asyncio.Task[InsightOutcome]] = set()
        self._is_stopping = False

    async def __call__(
        self, topic: InsightTopic, key: IdempotencyKey | None, *, by: UserId
    ) -> InsightOutcome:
        """Return the insight and the message it took; raise as GenerateInsight does."""
        task = asyncio.create_task(self._insight(topic, key, by))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        if self._is_stopping:
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
            raise AiUnavailableError(
                ModelFailure.SERVER_ERROR, "The server is about to stop. Ask again in a moment."
            ) from None

    def stop(self) -> None:
        """Break off whatever is under way, or comes yet; who waits is told to ask again."""
        self._is_stopping = True
        for task in self._under_way:
            task.cancel()

    async def _insight(
        self, topic: InsightTopic, key: IdempotencyKey | None, by: UserId
    ) -> InsightOutcome:
        generated = await self._generated(topic, key, by)
        taken, insight = generated.reservation, generated.insight
        while insight is None:
            insight = await self._follow(taken.id, by=by)
            if insight is None:
                await asyncio.sleep(POLL_SECONDS)
        return insight, taken

    async def _generated(
        self, topic: InsightTopic, key: IdempotencyKey | None, by: UserId
    ) -> GeneratedInsight:
        try:
            generated = await self._generate(topic, key, by=by)
        except AiUnavailableError as error:
            ENDED.labels("failed").inc()
            _tell(error)
            raise
        if generated.insight:
            ENDED.labels("complete").inc()
        return generated


def _tell(error: AiUnavailableError) -> None:
    """Log why an insight failed; a fault of ours whole, since clients are told nothing of it."""
    cause = error.__cause__
    if isinstance(cause, Exception) and not isinstance(cause, DomainError | TimeoutError):
        logger.error("insight_failed", fault=error.failure.value, exc_info=cause)
    else:
        logger.warning("insight_failed", fault=error.failure.value)
