"""Portfolios, positions, target prices and prices in memory, and work done at once."""

from collections.abc import Sequence
from typing import TypeVar

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios
from tests.support.fakes.store import InMemoryStore

T = TypeVar("T")


class InMemoryPortfolios(Portfolios):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def lock_owner(self, user: UserId) -> Subscription:
        return self._store.users[user].subscription

    async def count(self, user: UserId) -> int:
        return len(self._store.portfolios_of(user))

    async def find_by_account_name(self, user: UserId, account_name: str) -> PortfolioId | None:
        named = [
            portfolio.id
            for portfolio in self._store.portfolios_of(user)
            if portfolio.terms.account_name == account_name
        ]
        return named[0] if named else None

    async def find(self, user: UserId, portfolio: PortfolioId) -> Portfolio | None:
        known = (each for each in self._store.portfolios_of(user) if each.id == portfolio)
        return next(known, None)

    async def list(self, user: UserId, *, include_inactive: bool) -> Sequence[Portfolio]:
        return [
            portfolio
            for portfolio in self._store.portfolios_of(user)
            if include_inactive or portfolio.terms.is_active
        ]

    async def put(self, portfolio: Portfolio) -> None:
        self._store.portfolios[portfolio.user_id, portfolio.id] = portfolio
