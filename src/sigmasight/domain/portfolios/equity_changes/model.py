"""Equity changes: for some days after they are told they may be corrected, then taken back.

They do not move a portfolio's `equity_balance`: that is what its owner states it to be, and
nobody can tell whether a change is in it already.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType, Protocol, TypedDict
from uuid import UUID

from sigmasight.domain.kernel import (
    ConflictError,
    FieldError,
    NotFoundError,
    Page,
    UserId,
    ValidationFailedError,
)
from sigmasight.domain.portfolios.money import EXACT, amount
from sigmasight.domain.portfolios.portfolio import PortfolioId

EquityChangeId = NewType("EquityChangeId", UUID)

EDITABLE: Final = timedelta(days=7)
DELETABLE: Final = timedelta(days=30)
MAX_CHANGES: Final = 10_000
"""How many a portfolio may have, deleted ones included."""


class ChangeType(StrEnum):
    CONTRIBUTION = "CONTRIBUTION"
    WITHDRAWAL = "WITHDRAWAL"


class EquityChangeNotFoundError(NotFoundError):
    code = "equity_change_not_found"

    def __init__(self) -> None:
        super().__init__("No such equity change.")


class EditWindowClosedError(ConflictError):
    code = "edit_window_closed"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"This equity change could be edited until {until:%Y-%m-%d %H:%M} UTC.")


class DeleteWindowClosedError(ConflictError):
    code = "delete_window_closed"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"This equity change could be deleted until {until:%Y-%m-%d %H:%M} UTC.")


class EquityChangeLimitReachedError(ConflictError):
    code = "equity_change_limit_reached"

    def __init__(self) -> None:
        super().__init__(f"There is room for {MAX_CHANGES} equity changes in a portfolio.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityChange:
    id: EquityChangeId
    user_id: UserId
    portfolio_id: PortfolioId
    change_type: ChangeType
    amount: Decimal
    change_date: date
    notes: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def editable_until(self) -> datetime:
        return self.created_at + EDITABLE

    @property
    def deletable_until(self) -> datetime:
        return self.created_at + DELETABLE

    def require_editable(self, *, at: datetime) -> None:
        """Raise EditWindowClosedError once it is too late."""
        if at > self.editable_until:
            raise EditWindowClosedError(self.editable_until)

    def require_deletable(self, *, at: datetime) -> None:
        """Raise DeleteWindowClosedError once it is too late."""
        if at > self.deletable_until:
            raise DeleteWindowClosedError(self.deletable_until)

    def validate(self, *, today: date) -> None:
        """Raise ValidationFailedError with every fault."""
        faults = tuple(_faults(self, today))
        if faults:
            raise ValidationFailedError(*faults)


class EquityChangeTerms(TypedDict, total=False):
    """Any part of what its owner tells of a change."""

    change_type: ChangeType
    amount: Decimal
    change_date: date
    notes: str | None


@dataclass(frozen=True, slots=True)
class CashFlow:
    """What was put in and taken out, in sum."""

    contributions: Decimal
    withdrawals: Decimal

    @property
    def net(self) -> Decimal:
        return EXACT.subtract(self.contributions, self.withdrawals)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityChangeFilter:
    """Which changes of a portfolio: their days, both included; None is any."""

    start: date | None = None
    end: date | None = None
    include_deleted: bool = False


class EquityChanges(Protocol):
    """Everybody's equity changes, each reachable through its owner and portfolio only."""

    @abstractmethod
    async def find(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange | None:
        """Return that one, unless it was deleted."""
        raise NotImplementedError

    async def get(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange:
        """Return the same, or raise EquityChangeNotFoundError."""
        if (found := await self.find(user, portfolio, change)) is None:
            raise EquityChangeNotFoundError
        return found

    @abstractmethod
    async def put(self, change: EquityChange) -> None:
        """Store one, new or changed."""
        raise NotImplementedError

    @abstractmethod
    async def page(
        self,
        user: UserId,
        portfolio: PortfolioId,
        span: EquityChangeFilter,
        *,
        limit: int,
        offset: int,
    ) -> Page[EquityChange]:
        """Return that many from there on, the latest day first and of a day what was told last."""
        raise NotImplementedError

    @abstractmethod
    async def flows(
        self, user: UserId, portfolio: PortfolioId, since: Collection[date]
    ) -> Mapping[date, CashFlow]:
        """Return for each of these days what has flowed from it on, deleted changes left out."""
        raise NotImplementedError


def _faults(change: EquityChange, today: date) -> Iterator[FieldError]:
    if change.amount.is_finite() and change.amount <= 0:
        yield FieldError("amount", "Must be more than 0.", "out_of_range")
    else:
        try:
            amount(change.amount, "amount")
        except ValidationFailedError as refusal:
            yield from refusal.errors
    if change.change_date > today:
        yield FieldError("change_date", "Must not be in the future.", "in_the_future")
