"""Fundamentals in memory."""

from collections.abc import Sequence

from sigmasight.domain.research.fundamentals import Frequency, Fundamentals, Report, Statement
from tests.support.fakes.store import InMemoryStore


class InMemoryFundamentals(Fundamentals):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, reports: Sequence[Report]) -> None:
        for each in reports:
            key = each.symbol, each.statement, each.frequency, each.period_date
            self._store.reports[key] = each

    async def knows(self, symbol: str) -> bool:
        return any(known == symbol for known, *_ in self._store.reports)

    async def latest(
        self, symbol: str, statement: Statement, frequency: Frequency, limit: int
    ) -> Sequence[Report]:
        found = [
            each
            for key, each in self._store.reports.items()
            if key[:3] == (symbol, statement, frequency)
        ]
        return sorted(found, key=lambda each: each.period_date, reverse=True)[:limit]
