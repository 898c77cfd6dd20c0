"""Positions: what a portfolio holds, long or short, shares, options or private things."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId

PositionId = NewType("PositionId", UUID)

SHARES_PER_CONTRACT: Final = 100


class PositionType(StrEnum):
    """Calls and puts bought (L) and written (S); anything else held long or short."""

    LC = "LC"
    LP = "LP"
    SC = "SC"
    SP = "SP"
    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def is_option(self) -> bool:
        return self not in {PositionType.LONG, PositionType.SHORT}

    @property
    def is_short(self) -> bool:
        return self in {PositionType.SC, PositionType.SP, PositionType.SHORT}


class InvestmentClass(StrEnum):
    PUBLIC = "PUBLIC"
    OPTIONS = "OPTIONS"
    PRIVATE = "PRIVATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A holding; its quantity is signed: what is short, or written, is negative."""

    id: PositionId
    user_id: UserId
    portfolio_id: PortfolioId
    symbol: str
    quantity: Decimal
    entry_price: Decimal
    entry_date: date
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None = None
    notes: str | None = None
    underlying_symbol: str | None = None
    strike_price: Decimal | None = None
    expiration_date: date | None = None
    last_price: Decimal | None = None
    realized_pnl: Decimal | None = None
    exit_price: Decimal | None = None
    exit_date: date | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def multiplier(self) -> int:
        """How many units of its price one of it is worth."""
        return SHARES_PER_CONTRACT if self.position_type.is_option else 1

    @property
    def is_open(self) -> bool:
        return self.exit_date is None and self.deleted_at is None

    @property
    def cost(self) -> Decimal:
        """What it was bought for; negative for what is short."""
        return self.quantity * self.entry_price * self.multiplier

    @property
    def market_value(self) -> Decimal:
        """What it is worth at its last price, else at its entry price."""
        price = self.entry_price if self.last_price is None else self.last_price
        return self.quantity * price * self.multiplier

    @property
    def unrealized_pnl(self) -> Decimal:
        return self.market_value - self.cost
