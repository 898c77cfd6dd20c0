"""Recording, editing and reading equity changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

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
from sigmasight.domain.portfolios.equity_changes.model import (
    MAX_CHANGES,
    CashFlow,
    ChangeType,
    EquityChange,
    EquityChangeFilter,
    EquityChangeId,
    EquityChangeLimitReachedError,
    EquityChanges,
    EquityChangeTerms,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios

BEGINNING: Final = date.min
DAYS: Final[Mapping[str, int]] = {"30d": 30, "90d": 90, "1y": 365}


@dataclass(frozen=True, slots=True)
class EquityChangeSummary:
    """The totals of all time, and of named periods up to today."""

    all: CashFlow
    periods: Mapping[str, CashFlow]
    last_change: EquityChange | None


@dataclass(frozen=True, slots=True)
class RecordEquityChange:
    """Record a contribution or withdrawal, edit it, and delete it."""

    portfolios: Portfolios
    changes: EquityChanges
    clock: Clock
    transaction: Transaction

    @atomic
    async def create(  # noqa: PLR0913  what it consists of
        self,
        portfolio: PortfolioId,
        change_type: ChangeType,
        amount: Decimal,
        change_date: date,
        notes: str | None,
        *,
        by: UserId,
    ) -> EquityChange:
        """Raise PortfolioNotFoundError, ValidationFailedError or EquityChangeLimitReachedError."""
        await self._claim(portfolio, by)
        now = self.clock.now()
        change = EquityChange(
            id=EquityChangeId(new_id()),
            user_id=by,
            portfolio_id=portfolio,
            change_type=change_type,
            amount=amount,
            change_date=change_date,
            notes=notes,
            created_at=now,
            updated_at=now,
        )
        change.validate(today=now.date())
        everything = EquityChangeFilter(include_deleted=True)
        if (await self.changes.page(by, portfolio, everything, limit=1, offset=0)).total >= (
            MAX_CHANGES
        ):
            raise EquityChangeLimitReachedError
        await self.changes.put(change)
        return change

    @atomic
    async def update(
        self,
        portfolio: PortfolioId,
        change: EquityChangeId,
        terms: EquityChangeTerms,
        *,
        by: UserId,
    ) -> EquityChange:
        """Raise EditWindowClosedError, ValidationFailedError, or a not-found error."""
        await self._claim(portfolio, by)
        known, now = await self.changes.get(by, portfolio, change), self.clock.now()
        known.require_editable(at=now)
        corrected = replace(known, **terms, updated_at=now)
        corrected.validate(today=now.date())
        await self.changes.put(corrected)
        return corrected

    @atomic
    async def delete(self, portfolio: PortfolioId, change: EquityChangeId, *, by: UserId) -> None:
        """Delete it softly. Raise DeleteWindowClosedError, or a not-found error."""
        await self._claim(portfolio, by)
        known, now = await self.changes.get(by, portfolio, change), self.clock.now()
        known.require_deletable(at=now)
        await self.changes.put(replace(known, updated_at=now, deleted_at=now))

    async def _claim(self, portfolio: PortfolioId, owner: UserId) -> None:
        """Lock the owner's row; raise PortfolioNotFoundError."""
        await self.portfolios.lock_owner(owner)
        await self.portfolios.get(owner, portfolio)


@dataclass(frozen=True, slots=True)
class ReadEquityChanges:
    """Read the equity changes of the caller's portfolio."""

    portfolios: Portfolios
    changes: EquityChanges
    clock: Clock
    transaction: Transaction

    @atomic
    async def one(
        self, portfolio: PortfolioId, change: EquityChangeId, *, by: UserId
    ) -> EquityChange:
        """Raise PortfolioNotFoundError or EquityChangeNotFoundError."""
        await self.portfolios.get(by, portfolio)
        return await self.changes.get(by, portfolio, change)

    @atomic
    async def page(
        self,
        portfolio: PortfolioId,
        span: EquityChangeFilter,
        *,
        by: UserId,
        limit: int,
        offset: int,
    ) -> Page[EquityChange]:
        """Return the latest first; raise PortfolioNotFoundError or ValidationFailedError."""
        return await self._page(portfolio, span, by, limit, offset)

    @atomic
    async def all(
        self, portfolio: PortfolioId, span: EquityChangeFilter, *, by: UserId
    ) -> Sequence[EquityChange]:
        """Return the latest first; raise PortfolioNotFoundError or ValidationFailedError."""
        return (await self._page(portfolio, span, by, MAX_CHANGES, 0)).items

    @atomic
    async def summary(self, portfolio: PortfolioId, *, by: UserId) -> EquityChangeSummary:
        """Raise PortfolioNotFoundError."""
        await self.portfolios.get(by, portfolio)
        today = self.clock.now().date()
        begins = {name: today - timedelta(days=days) for name, days in DAYS.items()}
        begins |= {"ytd": today.replace(month=1, day=1), "all": BEGINNING}
        flows = await self.changes.flows(by, portfolio, set(begins.values()))
        last = await self.changes.page(by, portfolio, EquityChangeFilter(), limit=1, offset=0)
        return EquityChangeSummary(
            all=flows[BEGINNING],
            periods={name: flows[begin] for name, begin in begins.items()},
            last_change=next(iter(last.items), None),
        )

    async def _page(
        self,
        portfolio: PortfolioId,
        span: EquityChangeFilter,
        owner: UserId,
        limit: int,
        offset: int,
    ) -> Page[EquityChange]:
        if span.start and span.end and span.end < span.start:
            raise ValidationFailedError(
                FieldError("end_date", "Must not be before start_date.", "out_of_range")
            )
        await self.portfolios.get(owner, portfolio)
        return await self.changes.page(owner, portfolio, span, limit=limit, offset=offset)
