"""Creating portfolios, within the tier's limit."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    Portfolio,
    PortfolioId,
    PortfolioLimitReachedError,
    Portfolios,
    PortfolioTerms,
)


@dataclass(frozen=True, slots=True)
class CreatePortfolio:
    """Make a portfolio, if the owner's tier has room for it."""

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
    """Create within a transaction, until whose end others who create for the user wait.

    Raise PortfolioLimitReachedError or AccountNameTakenError.
    """
    tier = (await portfolios.lock_owner(by)).at(at).tier
    limit, count = limits[tier].max_portfolios, await portfolios.count(by)
    if limit is not None and count >= limit:
        raise PortfolioLimitReachedError(limit=limit, current_count=count, tier=tier)
    if await portfolios.for_account(by, terms.account_name):
        raise AccountNameTakenError(terms.account_name)
    portfolio = Portfolio(
        id=PortfolioId(uuid4()), user_id=by, terms=terms, created_at=at, updated_at=at
    )
    await portfolios.put(portfolio)
    return portfolio
