"""Background work that is done at once."""

from collections.abc import Callable

from sigmasight.domain.portfolios.csv_import.use_cases import BackgroundThread
from tests.support.fakes.portfolios import T


class ImmediateBackgroundThread(BackgroundThread):
    def __init__(self) -> None:
        self.runs = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.runs += 1
        return work()
