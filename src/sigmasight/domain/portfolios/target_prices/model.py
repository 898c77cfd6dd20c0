"""Target prices: one of a portfolio's symbol and type of position."""

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
"""What a target is about: a symbol, held in some way, or in any."""

MAX_TARGETS: Final = 1000
"""How many a portfolio may have."""


class TargetPriceNotFoundError(NotFoundError):
    code = "target_price_not_found"

    def __init__(self) -> None:
        super().__init__("No such target price.")


class TargetPriceTakenError(ConflictError):
    code = "target_price_taken"

    def __init__(self, subject: TargetKey) -> None:
        symbol, kind = subject
        super().__init__(
            f"This portfolio already has a target price of {symbol}{f' ({kind})' if kind else ''}."
        )


class TargetPriceLimitReachedError(ConflictError):
    code = "target_price_limit_reached"

    def __init__(self) -> None:
        super().__init__(f"There is room for {MAX_TARGETS} target prices in a portfolio.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPrice:
    id: TargetPriceId
    user_id: UserId
    portfolio_id: PortfolioId
    position_id: PositionId | None
    """The one position it is about; None is all of its symbol and type."""
    symbol: str
    position_type: PositionType | None
    target_price_eoy: Decimal | None
    target_price_next_year: Decimal | None
    downside_target_price: Decimal | None
    current_price: Decimal
    """What to compare with while no open position of its symbol tells."""
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> TargetKey:
        return self.symbol, self.position_type


class TargetChanges(TypedDict, total=False):
    """Any part of what a target says of prices."""

    target_price_eoy: Decimal | None
    target_price_next_year: Decimal | None
    downside_target_price: Decimal | None
    current_price: Decimal


class TargetPrices(Protocol):
    """Everybody's target prices, each reachable through its owner only.

    Those of deleted portfolios are not there.
    """

    @abstractmethod
    async def find(self, user: UserId, target: TargetPriceId) -> TargetPrice | None:
        """Return the user's target of that id."""
        raise NotImplementedError

    async def get(self, user: UserId, target: TargetPriceId) -> TargetPrice:
        """Return the same, or raise TargetPriceNotFoundError."""
        if (found := await self.find(user, target)) is None:
            raise TargetPriceNotFoundError
        return found

    @abstractmethod
    async def list(self, user: UserId, portfolio: PortfolioId) -> Sequence[TargetPrice]:
        """Return those of a user's portfolio, by symbol and type."""
        raise NotImplementedError

    @abstractmethod
    async def put(self, targets: Collection[TargetPrice]) -> None:
        """Store targets, new or changed."""
        raise NotImplementedError

    @abstractmethod
    async def remove(self, user: UserId, target: TargetPriceId) -> None:
        """Forget one of the user's."""
        raise NotImplementedError
