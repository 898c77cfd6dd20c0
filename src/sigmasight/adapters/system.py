"""The machine's own clock and threads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.csv_import.use_cases import BackgroundThread

AT_ONCE: Final = 2
"""More would only share the processor and use more memory."""

T = TypeVar("T")


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  the one place that may


class ThreadAside(BackgroundThread):
    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)

    async def run(self, work: Callable[[], T]) -> T:
        return await to_thread.run_sync(work, limiter=self._limiter)
