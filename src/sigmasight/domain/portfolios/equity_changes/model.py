"""Equity changes: for some days they may be edited, and for longer be deleted.

They do not change a portfolio's `equity_balance`: its owner states it, and it may include a
change already.
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
        super().__init__(f"A portfolio has at most {MAX_CHANGES} equity changes.")


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
        """Raise EditWindowClosedError after the edit window."""
        if at > self.editable_until:
            raise EditWindowClosedError(self.editable_until)

    def require_deletable(self, *, at: datetime) -> None:
        """Raise DeleteWindowClosedError after the delete window."""
        if at > self.deletable_until:
            raise DeleteWindowClosedError(self.deletable_until)

    def validate(self, *, today: date) -> None:
        """Raise ValidationFailedError with every error."""
        errors = tuple(_errors(self, today))
        if errors:
            raise ValidationFailedError(*errors)


class EquityChangeTerms(TypedDict, total=False):
    """Any part of a change's terms."""

    change_type: ChangeType
    amount: Decimal
    change_date: date
    notes: str | None


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Total contributions and withdrawals."""

    contributions: Decimal
    withdrawals: Decimal

    @property
    def net(self) -> Decimal:
        return EXACT.subtract(self.contributions, self.withdrawals)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityChangeFilter:
    """A filter of a portfolio's changes by day, both included; None is any."""

    start: date | None = None
    end: date | None = None
    include_deleted: bool = False


class EquityChanges(Protocol):
    """All users' equity changes; each is found only through its owner and portfolio."""

    @abstractmethod
    async def find(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange | None:
        """Return the change, unless it was deleted."""

    async def get(
        self, user: UserId, portfolio: PortfolioId, change: EquityChangeId
    ) -> EquityChange:
        """Return the change, or raise EquityChangeNotFoundError."""
        if (found := await self.find(user, portfolio, change)) is None:
            raise EquityChangeNotFoundError
        return found

    @abstractmethod
    async def put(self, change: EquityChange) -> None:
        """Store a new or changed one."""

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
        """Return a page, latest day first, and within a day the latest recorded first."""

    @abstractmethod
    async def flows(
        self, user: UserId, portfolio: PortfolioId, since: Collection[date]
    ) -> Mapping[date, CashFlow]:
        """Return the totals since each of these days, without deleted changes."""

    @abstractmethod
    async def flows_by_day(
        self, user: UserId, portfolio: PortfolioId, since: date
    ) -> Mapping[date, CashFlow]:
        """Return the totals of each day since then that has changes, without deleted ones."""


def _errors(change: EquityChange, today: date) -> Iterator[FieldError]:
    if change.amount.is_finite() and change.amount <= 0:
        yield FieldError("amount", "Must be more than 0.", "out_of_range")
    else:
        try:
            amount(change.amount, "amount")
        except ValidationFailedError as refusal:
            yield from refusal.errors
    if change.change_date > today:
        yield FieldError("change_date", "Must not be in the future.", "in_the_future")
