"""Insights on their way: who asks again under the same key waits for the first one."""

import asyncio
from typing import Final

import structlog
from prometheus_client import Counter

from sigmasight.domain.access.usage import IdempotencyKey, Taken
from sigmasight.domain.assistant.generating import FollowInsight, Generated, GenerateInsight
from sigmasight.domain.assistant.insights import Insight, InsightTopic
from sigmasight.domain.assistant.language_model import AiUnavailableError, ModelFault
from sigmasight.domain.kernel import DomainError, UserId

LOOK_AGAIN_SECONDS: Final = 0.25

ENDED: Final = Counter("sigmasight_ai_insights", "Insights by how they ended.", ["state"])

logger = structlog.stdlib.get_logger()

Outcome = tuple[Insight, Taken]
"""An insight, and the message it took."""


class Generating:
    """Has insights generated, each in a task of its own, until the process is to end."""

    def __init__(self, generate: GenerateInsight, follow: FollowInsight) -> None:
        self._generate = generate
        self._follow = follow
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._is_stopping = False

    async def __call__(
        self, topic: InsightTopic, key: IdempotencyKey | None, *, by: UserId
    ) -> Outcome:
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
                ModelFault.SERVER_ERROR, "The server is about to stop. Ask again in a moment."
            ) from None

    def stop(self) -> None:
        """Break off whatever is under way, or comes yet; who waits is told to ask again."""
        self._is_stopping = True
        for task in self._under_way:
            task.cancel()

    async def _insight(
        self, topic: InsightTopic, key: IdempotencyKey | None, by: UserId
    ) -> Outcome:
        generated = await self._generated(topic, key, by)
        taken, insight = generated.taken, generated.insight
        while insight is None:
            insight = await self._follow(taken.id, by=by)
            if insight is None:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return insight, taken

    async def _generated(
        self, topic: InsightTopic, key: IdempotencyKey | None, by: UserId
    ) -> Generated:
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
        logger.error("insight_failed", fault=error.fault.value, exc_info=cause)
    else:
        logger.warning("insight_failed", fault=error.fault.value)
