"""Opening positions, one or many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sigmasight.domain.kernel import (
    Clock,
    FieldError,
    Transaction,
    UserId,
    ValidationFailedError,
    atomic,
)
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioNotFoundError,
    Portfolios,
)
from sigmasight.domain.portfolios.positions.drafts import PositionDraft, PositionTerms, agreed
from sigmasight.domain.portfolios.positions.position import Position, PositionId, Positions


@dataclass(frozen=True, slots=True)
class OpenPositions:
    """Put positions into a portfolio: all that are named, or none."""

    portfolios: Portfolios
    positions: Positions
    clock: Clock
    transaction: Transaction

    @atomic
    async def one(self, draft: PositionDraft, *, into: PortfolioId, by: UserId) -> Position:
        """Raise PortfolioNotFoundError, or ValidationFailedError with every fault."""
        now = self.clock.now()
        terms = agreed(draft, today=now.date())
        [position] = await self._open([terms], into, by, now)
        return position

    @atomic
    async def many(
        self, drafts: Sequence[PositionDraft], *, into: PortfolioId, by: UserId
    ) -> Sequence[Position]:
        """Raise as for one; a fault's field names the position by its place among the drafts."""
        now = self.clock.now()
        terms: list[PositionTerms] = []
        faults: list[FieldError] = []
        for place, draft in enumerate(drafts):
            try:
                terms.append(agreed(draft, today=now.date()))
            except ValidationFailedError as refusal:
                faults += (_at(place, fault) for fault in refusal.errors)
        if faults:
            raise ValidationFailedError(*faults)
        return await self._open(terms, into, by, now)

    async def _open(
        self, terms: Sequence[PositionTerms], into: PortfolioId, by: UserId, now: datetime
    ) -> Sequence[Position]:
        if await self.portfolios.find(by, into) is None:
            raise PortfolioNotFoundError
        positions = opened(terms, into=into, by=by, at=now)
        await self.positions.add(positions)
        return await self.positions.priced(positions)


def opened(
    terms: Sequence[PositionTerms],
    *,
    into: PortfolioId,
    by: UserId,
    at: datetime,
    ids: Sequence[UUID] | None = None,
) -> Sequence[Position]:
    """Make positions of terms, listed in this order: their ids ascend, as those given must."""
    return [
        Position(
            id=PositionId(each),
            user_id=by,
            portfolio_id=into,
            symbol=term.symbol,
            quantity=term.quantity,
            entry_price=term.entry_price,
            entry_date=term.entry_date,
            position_type=term.position_type,
            investment_class=term.investment_class,
            investment_subtype=term.investment_subtype,
            notes=term.notes,
            underlying_symbol=term.underlying_symbol,
            strike_price=term.strike_price,
            expiration_date=term.expiration_date,
            created_at=at,
            updated_at=at,
        )
        for each, term in zip(ids or sorted(uuid4() for _ in terms), terms, strict=True)
    ]


def _at(place: int, fault: FieldError) -> FieldError:
    name = f"positions[{place}]"
    return replace(fault, field=f"{name}.{fault.field}" if fault.field else name)
