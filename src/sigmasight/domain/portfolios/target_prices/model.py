"""Target prices: one per symbol and position type of a portfolio."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NewType, Protocol, TypedDict
from uuid import UUID

from sigmasight.domain.kernel import ConflictError, NotFoundError, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import PositionId, PositionType

TargetPriceId = NewType("TargetPriceId", UUID)
TargetKey = tuple[str, PositionType | None]
"""The key of a target: a symbol, and a position type or any."""

MAX_TARGETS: Final = 1000
"""The limit per portfolio."""


class TargetPriceNotFoundError(NotFoundError):
    code = "target_price_not_found"

    def __init__(self) -> None:
        super().__init__("No such target price.")


class TargetPriceTakenError(ConflictError):
    code = "target_price_taken"

    def __init__(self, key: TargetKey) -> None:
        symbol, kind = key
        super().__init__(
            f"This portfolio already has a target price of {symbol}{f' ({kind})' if kind else ''}."
        )


class TargetPriceLimitReachedError(ConflictError):
    code = "target_price_limit_reached"

    def __init__(self) -> None:
        super().__init__(f"A portfolio has at most {MAX_TARGETS} target prices.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPrice:
    id: TargetPriceId
    user_id: UserId
    portfolio_id: PortfolioId
    position_id: PositionId | None
    """The one position it covers; None is all of its symbol and type."""
    symbol: str
    position_type: PositionType | None
    target_price_eoy: Decimal | None
    target_price_next_year: Decimal | None
    downside_target_price: Decimal | None
    current_price: Decimal
    """The price to compare with while no open position has its symbol."""
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> TargetKey:
        return self.symbol, self.position_type


class TargetChanges(TypedDict, total=False):
    """Any part of a target's prices."""

    target_price_eoy: Decimal | None
    target_price_next_year: Decimal | None
    downside_target_price: Decimal | None
    current_price: Decimal


class TargetPrices(Protocol):
    """All users' target prices; each is found only through its owner.

    Those of deleted portfolios are not found.
    """

    @abstractmethod
    async def find(self, user: UserId, target: TargetPriceId) -> TargetPrice | None:
        """Return the user's target of that id."""

    async def get(self, user: UserId, target: TargetPriceId) -> TargetPrice:
        """Return the target, or raise TargetPriceNotFoundError."""
        if (found := await self.find(user, target)) is None:
            raise TargetPriceNotFoundError
        return found

    @abstractmethod
    async def list(self, user: UserId, portfolio: PortfolioId) -> Sequence[TargetPrice]:
        """Return those of a user's portfolio, by symbol and type."""

    @abstractmethod
    async def put(self, targets: Collection[TargetPrice]) -> None:
        """Store new or changed targets."""

    @abstractmethod
    async def remove(self, user: UserId, target: TargetPriceId) -> None:
        """Delete one of the user's targets."""
