"""Insights on their way: who asks again under the same key waits for the first one."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Counter

from sigmasight.domain.access.usage import IdempotencyKey, Taken
from sigmasight.domain.assistant.generating import FollowInsight, GenerateInsight
from sigmasight.domain.assistant.insights import Insight, InsightTopic
from sigmasight.domain.assistant.language_model import AiUnavailableError
from sigmasight.domain.kernel import DomainError, UserId

LOOK_AGAIN_SECONDS: Final = 0.25

ENDED: Final = Counter("sigmasight_ai_insights", "Insights by how they ended.", ["state"])

logger = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Generating:
    """Has insights generated, and tells operators of those that could not be."""

    generate: GenerateInsight
    follow: FollowInsight

    async def __call__(
        self, topic: InsightTopic, key: IdempotencyKey | None, *, by: UserId
    ) -> tuple[Insight, Taken]:
        """Return the insight and the message it took; raise as GenerateInsight does."""
        try:
            generated = await self.generate(topic, key, by=by)
        except AiUnavailableError as error:
            _tell(error)
            raise
        if generated.insight:
            ENDED.labels("complete").inc()
            return generated.insight, generated.taken
        return await self._followed(generated.taken, by), generated.taken

    async def _followed(self, taken: Taken, by: UserId) -> Insight:
        insight = await self.follow(taken.id, by=by)
        while insight is None:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            insight = await self.follow(taken.id, by=by)
        return insight


def _tell(error: AiUnavailableError) -> None:
    """Log why an insight failed; a fault of ours whole, since clients are told nothing of it."""
    ENDED.labels("failed").inc()
    cause = error.__cause__
    if isinstance(cause, Exception) and not isinstance(cause, DomainError | TimeoutError):
        logger.error("insight_failed", fault=error.fault.value, exc_info=cause)
    else:
        logger.warning("insight_failed", fault=error.fault.value)
