"""Changing, closing and deleting positions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypedDict

from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.positions.closing import Closing, closed
from sigmasight.domain.portfolios.positions.drafts import agreed
from sigmasight.domain.portfolios.positions.kinds import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.position import (
    Position,
    PositionClosedError,
    PositionId,
    PositionNotFoundError,
    Positions,
)


class PositionChanges(TypedDict, total=False):
    """Any part of what a draft says."""

    symbol: str | None
    quantity: Decimal | None
    avg_cost: Decimal | None
    position_type: PositionType | None
    investment_class: InvestmentClass | None
    investment_subtype: str | None
    notes: str | None
    entry_date: date | None
    underlying_symbol: str | None
    strike_price: Decimal | None
    expiration_date: date | None


@dataclass(frozen=True, slots=True)
class UpdatePosition:
    """Change any part of a position, close some of it or all, or both, in this order."""

    positions: Positions
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, position: PositionId, changes: PositionChanges, closing: Closing, *, by: UserId
    ) -> Position:
        """Raise PositionNotFoundError, PositionClosedError or ValidationFailedError."""
        now = self.clock.now()
        [known] = await _claim(self.positions, [position], by)
        if closing.is_meant and not known.is_open:
            raise PositionClosedError
        changed = known.under(agreed(replace(known.draft, **changes), today=now.date()))
        if closing.is_meant:
            changed = closed(changed, closing, today=now.date())
        changed = replace(changed, updated_at=now)
        await self.positions.put([changed])
        [priced] = await self.positions.priced([changed])
        return priced


@dataclass(frozen=True, slots=True)
class DeletePositions:
    """Put positions away: all that are named, or none."""

    positions: Positions
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, positions: Sequence[PositionId], *, by: UserId) -> Sequence[Position]:
        """Return them as they went, each once, or raise PositionNotFoundError for any unknown."""
        known = await _claim(self.positions, positions, by)
        now = self.clock.now()
        deleted = [replace(each, updated_at=now, deleted_at=now) for each in known]
        await self.positions.put(deleted)
        return deleted


async def _claim(
    positions: Positions, wanted: Sequence[PositionId], owner: UserId
) -> Sequence[Position]:
    ids = list(dict.fromkeys(wanted))
    found = {each.id: each for each in await positions.claim(owner, ids)}
    if len(found) < len(ids):
        raise PositionNotFoundError
    return [found[each] for each in ids]
