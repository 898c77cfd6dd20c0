"""The factor exposures that a calculation stores."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.analytics.factors import FactorExposures
from sigmasight.domain.portfolios.portfolio import PortfolioId


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorResult:
    user_id: UserId
    portfolio_id: PortfolioId
    as_of: date
    """The day of the latest price used."""
    calculated_at: datetime
    exposures: FactorExposures


class FactorResults(Protocol):
    """All users' factor results: the last one of each portfolio."""

    @abstractmethod
    async def put(self, result: FactorResult) -> None:
        """Store a portfolio's result, which replaces an older one, and its symbols' betas."""

    @abstractmethod
    async def latest(
        self, user: UserId, portfolios: Sequence[PortfolioId]
    ) -> Sequence[FactorResult]:
        """Return the results of those of the user's portfolios that have one."""

    @abstractmethod
    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime
    ) -> None:
        """Delete their results calculated until then."""
