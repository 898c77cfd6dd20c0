"""Overviews and details of positions, in memory."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.equity_changes.model import ChangeType
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.overview import Baseline, Overview, Overviews
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from sigmasight.domain.portfolios.positions import Position, PositionId
from sigmasight.domain.portfolios.positions.details import (
    AssignedTag,
    PositionDetails,
    PositionDetailsReader,
)
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.tags import InMemoryPositionTags


class InMemoryOverviews(Overviews):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def find(
        self, user: UserId, portfolio: PortfolioId, *, year: date, month: date
    ) -> Overview | None:
        found = [each for each in self._store.portfolios_of(user) if each.id == portfolio]
        if not found:
            return None
        positions = await InMemoryPositions(self._store).all(user, portfolio)
        targets = [each for each in self._store.targets.values() if each.portfolio_id == portfolio]
        return Overview(
            portfolio=found[0],
            positions=[each for each in positions if each.is_open],
            targets=sorted(targets, key=lambda each: (each.symbol, each.position_type or "")),
            realized_pnl=total(each.realized_pnl or Decimal(0) for each in positions),
            year=self._baseline(found[0], year),
            month=self._baseline(found[0], month),
        )

    def _baseline(self, portfolio: Portfolio, first_day: date) -> Baseline | None:
        snapshots = [
            each
            for each in self._store.snapshots.values()
            if each.portfolio_id == portfolio.id and each.as_of < first_day
        ]
        last = max(snapshots, key=lambda each: each.calculated_at, default=None)
        if last is None:
            return None
        flows = [
            each.amount if each.change_type is ChangeType.CONTRIBUTION else -each.amount
            for each in self._store.equity.values()
            if each.portfolio_id == portfolio.id
            and each.deleted_at is None
            and each.change_date > last.as_of
        ]
        return Baseline(last.market_value, total(flows))


class InMemoryPositionDetails(PositionDetailsReader):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._positions = InMemoryPositions(store)

    async def of_portfolio(
        self, user: UserId, portfolio: PortfolioId, *, include_closed: bool
    ) -> Sequence[PositionDetails] | None:
        if portfolio not in {each.id for each in self._store.portfolios_of(user)}:
            return None
        found = await self._positions.all(user, portfolio)
        return [await self._details(each) for each in found if include_closed or each.is_open]

    async def of_positions(
        self, user: UserId, positions: Collection[PositionId]
    ) -> Sequence[PositionDetails]:
        return [
            await self._details(each) for each in self._positions.of(user) if each.id in positions
        ]

    async def _details(self, position: Position) -> PositionDetails:
        portfolio = self._store.portfolios[position.user_id, position.portfolio_id]
        tags = await InMemoryPositionTags(self._store).for_position(position.user_id, position.id)
        profile = self._store.profiles.get(position.symbol)
        cost, gain = position.cost, position.unrealized_pnl
        return PositionDetails(
            id=position.id,
            portfolio_id=position.portfolio_id,
            symbol=position.symbol,
            account_name=portfolio.terms.account_name,
            position_type=position.position_type,
            investment_class=position.investment_class,
            investment_subtype=position.investment_subtype,
            quantity=float(position.quantity),
            entry_date=position.entry_date,
            entry_price=number(position.entry_price),
            cost_basis=number(cost),
            current_price=number(position.price),
            market_value=float(position.market_value),
            unrealized_pnl=number(gain),
            unrealized_pnl_percent=number(gain if not (cost and gain) else 100 * gain / abs(cost)),
            realized_pnl=number(position.realized_pnl),
            strike_price=number(position.strike_price),
            expiration_date=position.expiration_date,
            underlying_symbol=position.underlying_symbol,
            notes=position.notes,
            exit_price=number(position.exit_price),
            exit_date=position.exit_date,
            currency=position.currency,
            multiplier=float(position.multiplier),
            account=position.account,
            exchange_rate=number(position.exchange_rate),
            company_name=getattr(profile, "company_name", None),
            sector=getattr(profile, "sector", None),
            industry=getattr(profile, "industry", None),
            tags=[
                AssignedTag(each.id, each.name, each.color, each.description)
                for each in tags
                if not each.is_archived
            ],
        )


def number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
