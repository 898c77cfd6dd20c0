"""The portfolios that the language model is shown."""

from collections.abc import Collection, Sequence

from sigmasight.domain.assistant.chat import MAX_POSITIONS, PortfolioContexts
from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from tests.support.fakes.calculations import InMemorySnapshots
from tests.support.fakes.store import InMemoryStore


class InMemoryPortfolioContexts(PortfolioContexts):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[PortfolioContext]:
        return [
            await self._book(each)
            for each in self._store.portfolios_of(user)
            if (each.id in only if only else each.terms.is_active)
        ]

    async def _book(self, portfolio: Portfolio) -> PortfolioContext:
        held = [
            self._store.priced(each)
            for each in self._store.positions.values()
            if each.portfolio_id == portfolio.id and each.is_open
        ]
        held.sort(key=lambda each: (-abs(each.market_value), each.id))
        latest = InMemorySnapshots(self._store).latest
        return PortfolioContext(
            portfolio=portfolio,
            positions=held[:MAX_POSITIONS],
            position_count=len(held),
            snapshot=await latest(portfolio.user_id, portfolio.id),
        )
