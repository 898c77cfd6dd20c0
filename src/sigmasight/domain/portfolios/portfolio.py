"""Portfolios: model, ports and use cases."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType, Protocol, TypedDict, Unpack
from uuid import UUID

from sigmasight.domain.access.tiers import Subscription, Tier, TierLimits
from sigmasight.domain.kernel import (
    Clock,
    ConflictError,
    DeniedError,
    NotFoundError,
    Transaction,
    UserId,
    atomic,
    count_noun,
    new_id,
)
from sigmasight.domain.portfolios.money import CENTS, EXACT, written

PortfolioId = NewType("PortfolioId", UUID)


class AccountType(StrEnum):
    TAXABLE = "taxable"
    IRA = "ira"
    ROTH_IRA = "roth_ira"
    K401 = "401k"
    B403 = "403b"
    S529 = "529"
    HSA = "hsa"
    TRUST = "trust"
    OTHER = "other"


class PortfolioNotFoundError(NotFoundError):
    code = "portfolio_not_found"

    def __init__(self) -> None:
        super().__init__("No such portfolio.")


class AccountNameTakenError(ConflictError):
    code = "account_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"You already have a portfolio for the account “{name}”.")


class PortfolioLimitReachedError(DeniedError):
    code = "portfolio_limit_reached"

    def __init__(self, *, limit: int, current_count: int, tier: Tier) -> None:
        super().__init__(
            f"The {tier} tier includes {count_noun(limit, 'portfolio')},"
            f" and you have {current_count}."
        )
        self._details = {"limit": limit, "current_count": current_count, "tier": tier}

    @property
    def details(self) -> dict[str, object]:
        return self._details


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioTerms:
    """The terms of a portfolio, which its owner decides."""

    name: str
    account_name: str
    account_type: AccountType = AccountType.TAXABLE
    description: str | None = None
    currency: str = "USD"
    equity_balance: Decimal | None = None
    is_active: bool = True


class PortfolioChanges(TypedDict, total=False):
    """Any part of the terms."""

    name: str
    account_name: str
    account_type: AccountType
    description: str | None
    currency: str
    equity_balance: Decimal | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """Totals of a portfolio's open positions."""

    count: int
    market_value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    id: PortfolioId
    user_id: UserId
    terms: PortfolioTerms
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    holdings: Holdings = Holdings(0, Decimal("0.00"))
    """Computed when a portfolio is read, not stored with it."""

    @property
    def net_asset_value(self) -> Decimal:
        """The portfolio's value: the balance stated by its owner, else its holdings' value.

        The balance takes precedence because it includes cash, which positions may not show.
        """
        balance = self.terms.equity_balance
        return written(self.holdings.market_value) if balance is None else balance


class ExchangeRateMissingError(ConflictError):
    """Raised when amounts cannot be converted."""

    code = "exchange_rate_missing"

    def __init__(self, currency: str, into: str) -> None:
        super().__init__(
            f"There is no rate from {currency} to {into}: import prices of {currency}{into} first."
        )


class ExchangeRates(Protocol):
    """The last rates between currencies, among the prices."""

    @abstractmethod
    async def latest(self, currency: str, into: str) -> Decimal | None:
        """Return what 1 of a currency is in another one; None without a rate either way."""


class Portfolios(Protocol):
    """All users' portfolios, without deleted ones; each is found only through its owner."""

    @abstractmethod
    async def lock_owner(self, user: UserId) -> Subscription:
        """Return the user's stored tier, and lock the user's row against other changes."""

    @abstractmethod
    async def count(self, user: UserId) -> int:
        """Return the user's number of portfolios, inactive ones included."""

    @abstractmethod
    async def find_by_account_name(self, user: UserId, account_name: str) -> PortfolioId | None:
        """Return the user's portfolio with that account name."""

    @abstractmethod
    async def find(self, user: UserId, portfolio: PortfolioId) -> Portfolio | None:
        """Return the user's portfolio of that id."""

    async def get(self, user: UserId, portfolio: PortfolioId) -> Portfolio:
        """Return the portfolio, or raise PortfolioNotFoundError."""
        if (found := await self.find(user, portfolio)) is None:
            raise PortfolioNotFoundError
        return found

    @abstractmethod
    async def list(self, user: UserId, *, include_inactive: bool) -> Sequence[Portfolio]:
        """Return the user's portfolios, oldest first."""

    @abstractmethod
    async def put(self, portfolio: Portfolio) -> None:
        """Store a new or changed portfolio, without its holdings."""


@dataclass(frozen=True, slots=True)
class ReadPortfolios:
    """Read the caller's portfolios."""

    portfolios: Portfolios
    transaction: Transaction

    @atomic
    async def one(self, portfolio: PortfolioId, *, by: UserId) -> Portfolio:
        """Raise PortfolioNotFoundError."""
        return await self.portfolios.get(by, portfolio)

    @atomic
    async def all(self, *, by: UserId, include_inactive: bool) -> Sequence[Portfolio]:
        return await self.portfolios.list(by, include_inactive=include_inactive)


@dataclass(frozen=True, slots=True)
class UpdatePortfolio:
    """Change any part of a portfolio's terms.

    With another currency, what it holds is converted at the last rate, and so is its equity unless
    that is stated anew.
    """

    portfolios: Portfolios
    rates: ExchangeRates
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, portfolio: PortfolioId, *, by: UserId, **changes: Unpack[PortfolioChanges]
    ) -> Portfolio:
        """Raise PortfolioNotFoundError, AccountNameTakenError or ExchangeRateMissingError."""
        await self.portfolios.lock_owner(by)
        known = await self.portfolios.get(by, portfolio)
        terms = replace(known.terms, **changes)
        if terms.currency != known.terms.currency:
            terms = await self._converted(known, terms, is_stated="equity_balance" in changes)
        holder = await self.portfolios.find_by_account_name(by, terms.account_name)
        if holder not in {None, portfolio}:
            raise AccountNameTakenError(terms.account_name)
        changed = replace(known, terms=terms, updated_at=self.clock.now())
        await self.portfolios.put(changed)
        is_same = terms.currency == known.terms.currency
        return changed if is_same else await self.portfolios.get(by, portfolio)

    async def _converted(
        self, known: Portfolio, terms: PortfolioTerms, *, is_stated: bool
    ) -> PortfolioTerms:
        equity = known.terms.equity_balance
        if not known.holdings.count:
            return terms
        rate = await self.rates.latest(known.terms.currency, terms.currency)
        if rate is None:
            raise ExchangeRateMissingError(known.terms.currency, terms.currency)
        if equity is None or is_stated:
            return terms
        converted = EXACT.quantize(EXACT.multiply(equity, rate), CENTS)
        return replace(terms, equity_balance=converted)


@dataclass(frozen=True, slots=True)
class DeletePortfolio:
    """Delete a portfolio softly; it no longer counts towards the limit."""

    portfolios: Portfolios
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, portfolio: PortfolioId, *, by: UserId) -> datetime:
        """Return when it was deleted, or raise PortfolioNotFoundError."""
        await self.portfolios.lock_owner(by)
        known = await self.portfolios.get(by, portfolio)
        now = self.clock.now()
        await self.portfolios.put(replace(known, updated_at=now, deleted_at=now))
        return now


@dataclass(frozen=True, slots=True)
class CreatePortfolio:
    """Create a portfolio, within the tier's limit."""

    portfolios: Portfolios
    limits: TierLimits
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, terms: PortfolioTerms, *, by: UserId) -> Portfolio:
        """Raise PortfolioLimitReachedError or AccountNameTakenError."""
        return await create_within_limit(
            self.portfolios, self.limits, terms, by=by, at=self.clock.now()
        )


async def create_within_limit(
    portfolios: Portfolios, limits: TierLimits, terms: PortfolioTerms, *, by: UserId, at: datetime
) -> Portfolio:
    """Create within a transaction, until whose end the owner's row is locked.

    Raise PortfolioLimitReachedError or AccountNameTakenError.
    """
    tier = (await portfolios.lock_owner(by)).at(at).tier
    limit, count = limits[tier].max_portfolios, await portfolios.count(by)
    if limit is not None and count >= limit:
        raise PortfolioLimitReachedError(limit=limit, current_count=count, tier=tier)
    if await portfolios.find_by_account_name(by, terms.account_name):
        raise AccountNameTakenError(terms.account_name)
    portfolio = Portfolio(
        id=PortfolioId(new_id()), user_id=by, terms=terms, created_at=at, updated_at=at
    )
    await portfolios.put(portfolio)
    return portfolio
