"""Target prices in memory."""

from collections.abc import Collection, Sequence

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.target_prices.model import (
    TargetPrice,
    TargetPriceId,
    TargetPrices,
)
from tests.support.fakes.store import InMemoryStore


class InMemoryTargetPrices(TargetPrices):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def find(self, user: UserId, target: TargetPriceId) -> TargetPrice | None:
        return next((each for each in self._of(user) if each.id == target), None)

    async def list(self, user: UserId, portfolio: PortfolioId) -> Sequence[TargetPrice]:
        return [each for each in self._of(user) if each.portfolio_id == portfolio]

    async def put(self, targets: Collection[TargetPrice]) -> None:
        for target in targets:
            for other in self._store.targets.values():
                same = (other.portfolio_id, other.key) == (target.portfolio_id, target.key)
                if same and other.id != target.id:
                    raise ValueError(f"Two targets would be of {target.symbol}.")
            self._store.targets[target.user_id, target.id] = target

    async def remove(self, user: UserId, target: TargetPriceId) -> None:
        self._store.targets.pop((user, target), None)

    def _of(self, user: UserId) -> Sequence[TargetPrice]:
        there = {portfolio.id for portfolio in self._store.portfolios_of(user)}
        return sorted(
            (
                target
                for (owner, _), target in self._store.targets.items()
                if owner == user and target.portfolio_id in there
            ),
            key=lambda target: (target.symbol, target.position_type or ""),
        )
