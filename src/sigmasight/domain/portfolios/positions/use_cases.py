"""Opening, reading, changing and deleting positions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from sigmasight.domain.kernel import (
    Clock,
    FieldError,
    Page,
    Transaction,
    UserId,
    ValidationFailedError,
    atomic,
    new_id,
)
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.closing import Closing, close_position
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionClosedError,
    PositionId,
    PositionNotFoundError,
    Positions,
)
from sigmasight.domain.portfolios.positions.validation import PositionDraft, PositionTerms, validate


@dataclass(frozen=True, slots=True)
class OpenPositions:
    """Add positions to a portfolio: all or none."""

    portfolios: Portfolios
    positions: Positions
    clock: Clock
    transaction: Transaction

    @atomic
    async def open_one(self, draft: PositionDraft, *, into: PortfolioId, by: UserId) -> Position:
        """Raise PortfolioNotFoundError, or ValidationFailedError with every error."""
        now = self.clock.now()
        terms = validate(draft, today=now.date())
        [position] = await self._open([terms], into, by, now)
        return position

    @atomic
    async def open_many(
        self, drafts: Sequence[PositionDraft], *, into: PortfolioId, by: UserId
    ) -> Sequence[Position]:
        """Raise as for one; an error's field includes the position's index among the drafts."""
        now = self.clock.now()
        terms: list[PositionTerms] = []
        errors: list[FieldError] = []
        for place, draft in enumerate(drafts):
            try:
                terms.append(validate(draft, today=now.date()))
            except ValidationFailedError as refusal:
                errors += (each.within(f"positions[{place}]") for each in refusal.errors)
        if errors:
            raise ValidationFailedError(*errors)
        return await self._open(terms, into, by, now)

    async def _open(
        self, terms: Sequence[PositionTerms], into: PortfolioId, by: UserId, now: datetime
    ) -> Sequence[Position]:
        portfolio = await self.portfolios.get(by, into)
        positions = create_positions(terms, into=portfolio, at=now)
        await self.positions.add(positions)
        return await self.positions.with_prices(positions)


def create_positions(
    terms: Sequence[PositionTerms],
    *,
    into: Portfolio,
    at: datetime,
    ids: Sequence[UUID] | None = None,
) -> Sequence[Position]:
    """Create positions from terms, in this order: `ids` must be ascending.

    Without a currency of their own they have the portfolio's.
    """
    return [
        Position(
            id=PositionId(each),
            user_id=into.user_id,
            portfolio_id=into.id,
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
            currency=term.source.currency or into.terms.currency,
            multiplier=term.source.multiplier or term.position_type.multiplier,
            account=term.source.account,
            identifier=term.source.identifier,
            file_price=term.source.file_price,
            file_price_date=term.source.file_price_date,
            created_at=at,
            updated_at=at,
        )
        for each, term in zip(ids or sorted(new_id() for _ in terms), terms, strict=True)
    ]


class PositionChanges(TypedDict, total=False):
    """Any part of a draft."""

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
    """Change any part of a position, then close some or all of it."""

    positions: Positions
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, position: PositionId, changes: PositionChanges, closing: Closing, *, by: UserId
    ) -> Position:
        """Raise PositionNotFoundError, PositionClosedError or ValidationFailedError."""
        now = self.clock.now()
        [known] = await _claim_all(self.positions, [position], by)
        if closing.is_requested and not known.is_open:
            raise PositionClosedError
        changed = known.with_terms(validate(replace(known.draft, **changes), today=now.date()))
        if closing.is_requested:
            changed = close_position(changed, closing, today=now.date())
        changed = replace(changed, updated_at=now)
        await self.positions.put([changed])
        [priced] = await self.positions.with_prices([changed])
        return priced


@dataclass(frozen=True, slots=True)
class DeletePositions:
    """Delete positions softly: all or none."""

    positions: Positions
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, positions: Sequence[PositionId], *, by: UserId) -> Sequence[Position]:
        """Return them as deleted, each once; raise PositionNotFoundError if one is unknown."""
        known = await _claim_all(self.positions, positions, by)
        now = self.clock.now()
        deleted = [replace(each, updated_at=now, deleted_at=now) for each in known]
        await self.positions.put(deleted)
        return deleted


async def _claim_all(
    positions: Positions, wanted: Sequence[PositionId], owner: UserId
) -> Sequence[Position]:
    ids = list(dict.fromkeys(wanted))
    found = {each.id: each for each in await positions.claim(owner, ids)}
    if len(found) < len(ids):
        raise PositionNotFoundError
    return [found[each] for each in ids]


@dataclass(frozen=True, slots=True)
class ReadPositions:
    """Read the caller's positions."""

    portfolios: Portfolios
    positions: Positions
    transaction: Transaction

    @atomic
    async def one(self, position: PositionId, *, by: UserId) -> Position:
        """Raise PositionNotFoundError."""
        return await self.positions.get(by, position)

    @atomic
    async def page(
        self, portfolio: PortfolioId, *, by: UserId, include_closed: bool, limit: int, offset: int
    ) -> Page[Position]:
        """Raise PortfolioNotFoundError."""
        await self.portfolios.get(by, portfolio)
        return await self.positions.page(
            by, portfolio, include_closed=include_closed, limit=limit, offset=offset
        )
