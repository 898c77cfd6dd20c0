"""Positions with what a table of them shows: the account, the company and the tags."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import NamedTuple, Protocol
from uuid import UUID

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.model import PositionId, PositionNotFoundError


@dataclass(frozen=True, slots=True)
class AssignedTag:
    id: UUID
    name: str
    color: str
    description: str | None


class PositionDetails(NamedTuple):
    """Figures are for show: exact products, rounded to the nearest float at the end.

    Quantity, cost basis and market value are signed; a closed position is worth nothing.
    """

    id: UUID
    portfolio_id: UUID
    symbol: str
    company_name: str | None
    sector: str | None
    industry: str | None
    account_name: str
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None
    quantity: float
    entry_date: date
    entry_price: float | None
    """None, as all that is computed from it, if the cost is unknown."""
    cost_basis: float | None
    current_price: float | None
    """The last close, else the broker's price, else the entry price."""
    market_value: float
    unrealized_pnl: float | None
    unrealized_pnl_percent: float | None
    """Of the absolute cost basis; 0 if that is 0."""
    realized_pnl: float | None
    strike_price: float | None
    expiration_date: date | None
    underlying_symbol: str | None
    notes: str | None
    exit_price: float | None
    exit_date: date | None
    currency: str
    multiplier: float
    account: str | None
    exchange_rate: float | None
    """To the portfolio's currency; None without one."""
    tags: Sequence[AssignedTag]
    """Without archived ones, in their display order."""


@dataclass(frozen=True, slots=True)
class PositionSummary:
    """The sums of several positions, in their portfolio's currency, as far as they are known."""

    positions: Sequence[PositionDetails]

    @property
    def cost_basis(self) -> float:
        """The sum of absolute cost bases."""
        return fsum(
            abs((each.cost_basis or 0) * (each.exchange_rate or 0)) for each in self.positions
        )

    @property
    def market_value(self) -> float:
        return fsum(each.market_value * (each.exchange_rate or 0) for each in self.positions)

    @property
    def unrealized_pnl(self) -> float:
        return fsum(
            (each.unrealized_pnl or 0) * (each.exchange_rate or 0) for each in self.positions
        )


class PositionDetailsReader(Protocol):
    """All users' positions with their details, each list read at once."""

    @abstractmethod
    async def of_portfolio(
        self, user: UserId, portfolio: PortfolioId, *, include_closed: bool
    ) -> Sequence[PositionDetails] | None:
        """Return a portfolio's positions, oldest first; None if the user has no such portfolio."""

    @abstractmethod
    async def of_positions(
        self, user: UserId, positions: Collection[PositionId]
    ) -> Sequence[PositionDetails]:
        """Return the user's positions of these ids, closed ones included, oldest first."""


@dataclass(frozen=True, slots=True)
class ReadPositionDetails:
    """Read the caller's positions with their details."""

    reader: PositionDetailsReader

    async def of_portfolio(
        self, portfolio: PortfolioId, *, by: UserId, include_closed: bool
    ) -> PositionSummary:
        """Raise PortfolioNotFoundError."""
        found = await self.reader.of_portfolio(by, portfolio, include_closed=include_closed)
        if found is None:
            raise PortfolioNotFoundError
        return PositionSummary(found)

    async def of_positions(
        self, positions: Collection[PositionId], *, by: UserId, include_closed: bool
    ) -> PositionSummary:
        """Raise PositionNotFoundError unless the caller has all of them."""
        found = await self.reader.of_positions(by, positions)
        if len(found) < len(set(positions)):
            raise PositionNotFoundError
        return PositionSummary([each for each in found if include_closed or each.exit_date is None])
