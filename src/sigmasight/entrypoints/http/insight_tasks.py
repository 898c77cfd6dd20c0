"""Insights being generated: a repeated request with the same key waits for the first one."""

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
"""An insight, and the AI message reserved for it."""


class InsightTasks:
    """Generates each insight in a task of its own, until the process stops."""

    def __init__(self, generate: GenerateInsight, follow: FollowInsight) -> None:
        self._generate = generate
        self._follow = follow
        self._tasks: set[asyncio.Task[InsightOutcome]] = set()
        self._is_stopping = False

    async def __call__(
        self, topic: InsightTopic, key: IdempotencyKey | None, *, by: UserId
    ) -> InsightOutcome:
        """Return the insight and its reserved message; raise the errors of GenerateInsight."""
        task = asyncio.create_task(self._insight(topic, key, by))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
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
        """Cancel all current and later tasks; waiting clients get a retryable error."""
        self._is_stopping = True
        for task in self._tasks:
            task.cancel()

    async def _insight(
        self, topic: InsightTopic, key: IdempotencyKey | None, by: UserId
    ) -> InsightOutcome:
        generated = await self._generated(topic, key, by)
        reservation, insight = generated.reservation, generated.insight
        while insight is None:
            insight = await self._follow(reservation.id, by=by)
            if insight is None:
                await asyncio.sleep(POLL_SECONDS)
        return insight, reservation

    async def _generated(
        self, topic: InsightTopic, key: IdempotencyKey | None, by: UserId
    ) -> GeneratedInsight:
        try:
            generated = await self._generate(topic, key, by=by)
        except AiUnavailableError as error:
            ENDED.labels("failed").inc()
            _log_failure(error)
            raise
        if generated.insight:
            ENDED.labels("complete").inc()
        return generated


def _log_failure(error: AiUnavailableError) -> None:
    """Log why an insight failed; with a traceback if the cause is unexpected."""
    cause = error.__cause__
    if isinstance(cause, Exception) and not isinstance(cause, DomainError | TimeoutError):
        logger.error("insight_failed", fault=error.failure.value, exc_info=cause)
    else:
        logger.warning("insight_failed", fault=error.failure.value)
