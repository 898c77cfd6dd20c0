"""Equity changes in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sigmasight.domain.kernel import Page, UserId
from sigmasight.domain.portfolios.equity_changes.model import (
    CashFlow,
    ChangeType,
    EquityChange,
    EquityChangeFilter,
    EquityChangeId,
    EquityChanges,
)
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.fakes.store import InMemoryStore


class InMemoryEquityChanges(EquityChanges):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def find(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange | None:
        found = self._of(user, portfolio, EquityChangeFilter())
        return next((each for each in found if each.id == change), None)

    async def put(self, change: EquityChange) -> None:
        self._store.equity[change.user_id, change.id] = change

    async def page(
        self,
        user: UserId,
        portfolio: PortfolioId,
        span: EquityChangeFilter,
        *,
        limit: int,
        offset: int,
    ) -> Page[EquityChange]:
        found = self._of(user, portfolio, span)
        return Page(found[offset : offset + limit], len(found))

    async def flows(
        self, user: UserId, portfolio: PortfolioId, since: Collection[date]
    ) -> Mapping[date, CashFlow]:
        return {
            day: _flow(self._of(user, portfolio, EquityChangeFilter(start=day))) for day in since
        }

    async def flows_by_day(
        self, user: UserId, portfolio: PortfolioId, since: date
    ) -> Mapping[date, CashFlow]:
        found = self._of(user, portfolio, EquityChangeFilter(start=since))
        return {
            day: _flow([each for each in found if each.change_date == day])
            for day in {each.change_date for each in found}
        }

    def _of(
        self, user: UserId, portfolio: PortfolioId, span: EquityChangeFilter
    ) -> list[EquityChange]:
        return sorted(
            (
                each
                for each in self._store.equity.values()
                if (each.user_id, each.portfolio_id) == (user, portfolio)
                and (span.include_deleted or each.deleted_at is None)
                and (span.start or date.min) <= each.change_date <= (span.end or date.max)
            ),
            key=lambda each: (each.change_date, each.created_at, each.id),
            reverse=True,
        )


def _flow(changes: Sequence[EquityChange]) -> CashFlow:
    return CashFlow(
        *(
            total(each.amount for each in changes if each.change_type is kind)
            for kind in (ChangeType.CONTRIBUTION, ChangeType.WITHDRAWAL)
        )
    )
