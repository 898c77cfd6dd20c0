"""The clock and the transactions of unit tests."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sigmasight.domain.kernel import Clock, Transaction
from tests.support.fakes.store import InMemoryStore, T


class FixedClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> None:
        self._now += by


class ImmediateTransaction(Transaction):
    """Counts commits and rollbacks; a rollback restores the store."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self.commits = 0
        self.rollbacks = 0
        self.is_open = False

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        before = self._store.copy()
        self.is_open = True
        try:
            result = await work()
        except BaseException:
            self._store.restore(before)
            self.rollbacks += 1
            raise
        finally:
            self.is_open = False
        self.commits += 1
        return result


class RacingTransaction(ImmediateTransaction):
    """Loses one race the database has to settle, so that every work is done twice."""

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        before = self._store.copy()
        await work()
        self._store.restore(before)
        self.rollbacks += 1
        return await super().run(work)
