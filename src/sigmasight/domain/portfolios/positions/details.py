"""Positions with what a table of them shows: the account, the company and the tags."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.money import EXACT, total
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionId,
    PositionNotFoundError,
)


@dataclass(frozen=True, slots=True)
class AssignedTag:
    id: UUID
    name: str
    color: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionDetails:
    position: Position
    account_name: str
    company_name: str | None
    sector: str | None
    industry: str | None
    tags: Sequence[AssignedTag]
    """Without archived ones, in their display order."""


@dataclass(frozen=True, slots=True)
class PositionSummary:
    """The sums of several positions."""

    positions: Sequence[PositionDetails]

    @property
    def cost_basis(self) -> Decimal:
        """The sum of absolute cost bases."""
        return total(abs(each.position.cost) for each in self.positions)

    @property
    def market_value(self) -> Decimal:
        return total(each.position.market_value for each in self.positions)

    @property
    def unrealized_pnl(self) -> Decimal:
        return total(each.position.unrealized_pnl for each in self.positions)


def unrealized_return(position: Position) -> Decimal:
    """Return the unrealized gain as a fraction of the absolute cost basis."""
    cost = abs(position.cost)
    return EXACT.divide(position.unrealized_pnl, cost) if cost else Decimal(0)


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
        return PositionSummary([each for each in found if include_closed or each.position.is_open])
