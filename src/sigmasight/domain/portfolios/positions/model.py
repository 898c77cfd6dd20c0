"""Positions of a portfolio: long or short, shares, options or private assets."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.kernel import ConflictError, NotFoundError, Page, UserId
from sigmasight.domain.portfolios.money import EXACT, product
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.validation import (
    HoldingSource,
    PositionDraft,
    PositionTerms,
)

PositionId = NewType("PositionId", UUID)

CASH: Final = frozenset({"CASH", "MONEY_MARKET", "TREASURY_BILLS"})
"""The subtypes that count as cash."""
OF_SOURCE: Final = tuple(each.name for each in fields(HoldingSource))
NOTHING: Final = Decimal(0)
ONE: Final = Decimal(1)


class PositionNotFoundError(NotFoundError):
    code = "position_not_found"

    def __init__(self) -> None:
        super().__init__("No such position.")


class PositionClosedError(ConflictError):
    code = "position_closed"

    def __init__(self) -> None:
        super().__init__("This position is closed: only its notes can change.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A position; the quantity is signed: short and written positions are negative.

    Closing a part lowers the quantity; closing the rest leaves it, so that the last size stays
    visible.
    """

    id: PositionId
    user_id: UserId
    portfolio_id: PortfolioId
    symbol: str
    quantity: Decimal
    entry_price: Decimal | None
    """None if the cost is unknown."""
    entry_date: date
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None = None
    notes: str | None = None
    underlying_symbol: str | None = None
    strike_price: Decimal | None = None
    expiration_date: date | None = None
    currency: str = "USD"
    multiplier: Decimal = ONE
    """What a quantity of 1 at a price of 1 is worth."""
    account: str | None = None
    """The broker's name of the account it is in."""
    identifier: str | None = None
    file_price: Decimal | None = None
    """The broker's price on `file_price_date`; it counts until there is a later close."""
    file_price_date: date | None = None
    last_price: Decimal | None = None
    """The last close, or the broker's price."""
    price_date: date | None = None
    """The day of `last_price`."""
    implied_volatility: Decimal | None = None
    """Of an option, with its last close; a fraction."""
    exchange_rate: Decimal | None = ONE
    """The last rate to the portfolio's currency; None without one."""
    rate_date: date | None = None
    """The day of `exchange_rate`; None in the portfolio's currency."""
    realized_pnl: Decimal | None = None
    """The realized gain of the parts closed so far; None before the first."""
    realized_by_difference: bool = False
    """Whether some of it was inferred from a newer file instead of a sale."""
    settled_at_expiration: bool = False
    exit_price: Decimal | None = None
    exit_date: date | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.exit_date is None and self.deleted_at is None

    @property
    def is_cash(self) -> bool:
        """Whether it counts as cash."""
        return (
            self.investment_class is not InvestmentClass.OPTIONS and self.investment_subtype in CASH
        )

    @property
    def cost(self) -> Decimal | None:
        """The cost basis, negative for a short position; None if it is unknown."""
        return None if self.entry_price is None else self._at(self.entry_price)

    @property
    def price(self) -> Decimal | None:
        """The last price, else the entry price."""
        return self.entry_price if self.last_price is None else self.last_price

    @property
    def market_value(self) -> Decimal:
        """The value at its price, in its currency; 0 once it is closed, or without a price."""
        return self._at(self.price) if self.is_open and self.price is not None else NOTHING

    @property
    def unrealized_pnl(self) -> Decimal | None:
        """The unrealized gain, in its currency; 0 without a price, or once closed.

        None if the cost is unknown.
        """
        if self.cost is None:
            return None
        return EXACT.subtract(self.market_value, self.cost) if self.is_open else NOTHING

    @property
    def worth(self) -> Decimal:
        """The market value in the portfolio's currency; 0 without a rate."""
        return self.converted(self.market_value)

    def converted(self, amount: Decimal | None) -> Decimal:
        """Return an amount in the portfolio's currency; 0 if it or the rate is unknown."""
        if amount is None or self.exchange_rate is None:
            return NOTHING
        return amount if self.exchange_rate == 1 else product(amount, self.exchange_rate)

    @property
    def draft(self) -> PositionDraft:
        """Return the draft that makes this position; its quantity has no sign."""
        return PositionDraft(
            symbol=self.symbol,
            quantity=abs(self.quantity),
            avg_cost=self.entry_price,
            position_type=self.position_type,
            investment_class=self.investment_class,
            investment_subtype=self.investment_subtype,
            notes=self.notes,
            entry_date=self.entry_date,
            underlying_symbol=self.underlying_symbol,
            strike_price=self.strike_price,
            expiration_date=self.expiration_date,
            source=None if self.entry_price else self.source,
        )

    @property
    def source(self) -> HoldingSource:
        return HoldingSource(**{name: getattr(self, name) for name in OF_SOURCE})

    def with_terms(self, terms: PositionTerms) -> "Position":
        """Return the position with other terms; raise PositionClosedError if it is too late."""
        values = asdict(terms)
        del values["source"]
        if terms.position_type.is_option != self.position_type.is_option:
            values["multiplier"] = terms.position_type.multiplier
        changed = replace(self, **values)
        if self.exit_date is not None and changed != replace(self, notes=terms.notes):
            raise PositionClosedError
        return changed

    def _at(self, price: Decimal) -> Decimal:
        return product(self.quantity, price, self.multiplier)


class Positions(Protocol):
    """All users' positions; each is found only through its owner.

    Deleted ones and those of deleted portfolios are not found.
    """

    @abstractmethod
    async def add(self, positions: Iterable[Position]) -> None:
        """Store any number of new positions, consumed while other tasks get their turns."""

    @abstractmethod
    async def find(self, user: UserId, position: PositionId) -> Position | None:
        """Return the user's position of that id."""

    async def get(self, user: UserId, position: PositionId) -> Position:
        """Return the position, or raise PositionNotFoundError."""
        if (found := await self.find(user, position)) is None:
            raise PositionNotFoundError
        return found

    @abstractmethod
    async def find_all(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        """Return the user's positions that exist, oldest first."""

    @abstractmethod
    async def claim(self, user: UserId, positions: Collection[PositionId]) -> Sequence[Position]:
        """Return the user's positions that exist, locked.

        Nothing else changes or claims them until the transaction ends.
        """

    @abstractmethod
    async def put(self, positions: Collection[Position]) -> None:
        """Store positions that were claimed and have changed."""

    @abstractmethod
    async def with_prices(self, positions: Sequence[Position]) -> Sequence[Position]:
        """Return positions with their latest prices."""

    @abstractmethod
    async def page(
        self, user: UserId, portfolio: PortfolioId, *, include_closed: bool, limit: int, offset: int
    ) -> Page[Position]:
        """Return a page of a portfolio's positions, oldest first."""

    @abstractmethod
    async def all(self, user: UserId, *portfolios: PortfolioId) -> Sequence[Position]:
        """Return all positions of these portfolios, closed ones included, oldest first."""

    @abstractmethod
    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[Position]:
        """Return a portfolio's open positions in a symbol, oldest first."""
