"""Looking at one's positions."""

from dataclasses import dataclass

from sigmasight.domain.kernel import Transaction, UserId, atomic
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioNotFoundError,
    Portfolios,
)
from sigmasight.domain.portfolios.positions.position import (
    Page,
    Position,
    PositionId,
    PositionNotFoundError,
    Positions,
)


@dataclass(frozen=True, slots=True)
class ReadPositions:
    """Look at one's positions."""

    portfolios: Portfolios
    positions: Positions
    transaction: Transaction

    @atomic
    async def one(self, position: PositionId, *, by: UserId) -> Position:
        """Raise PositionNotFoundError."""
        known = await self.positions.find(by, position)
        if known is None:
            raise PositionNotFoundError
        return known

    @atomic
    async def page(
        self,
        portfolio: PortfolioId,
        *,
        by: UserId,
        include_closed: bool,
        limit: int,
        offset: int,
    ) -> Page:
        """Raise PortfolioNotFoundError."""
        await self._require(portfolio, by)
        return await self.positions.page(
            by, portfolio, include_closed=include_closed, limit=limit, offset=offset
        )

    async def _require(self, portfolio: PortfolioId, owner: UserId) -> None:
        if await self.portfolios.find(owner, portfolio) is None:
            raise PortfolioNotFoundError
