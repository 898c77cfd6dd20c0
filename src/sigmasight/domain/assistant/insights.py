"""Insights: analyses of a portfolio, with their owner's marks and ratings."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.language_model import Analysis, InsightType
from sigmasight.domain.kernel import Clock, NotFoundError, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId, ReadPortfolios


class InsightNotFoundError(NotFoundError):
    code = "insight_not_found"

    def __init__(self) -> None:
        super().__init__("No such insight.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightTopic:
    """The requested topic of an insight."""

    portfolio_id: PortfolioId
    kind: InsightType
    focus_area: str | None = None
    user_question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    id: MessageId
    """The id of its message too."""
    user_id: UserId
    topic: InsightTopic
    analysis: Analysis
    created_at: datetime
    took: timedelta
    viewed: bool = False
    dismissed: bool = False
    rating: int | None = None
    feedback: str | None = None

    @property
    def tokens(self) -> int | None:
        """The tokens used; None if the model does not report them."""
        spent = self.analysis.token_usage
        return None if spent is None else spent.total


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightFilter:
    """A filter of a portfolio's insights; None is any."""

    portfolio_id: PortfolioId
    kind: InsightType | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InsightMarks:
    """An owner's marks on an insight; None leaves a mark unchanged."""

    viewed: bool | None = None
    dismissed: bool | None = None


class Insights(Protocol):
    """All users' insights, without those of deleted portfolios."""

    @abstractmethod
    async def add(self, insight: Insight) -> bool:
        """Store a new insight and charge its message: both or neither; return whether it did.

        A message that is already settled was refunded, and pays for nothing. Raise
        PortfolioNotFoundError for a deleted portfolio.
        """

    @abstractmethod
    async def is_under_way(self, user: UserId, insight: MessageId) -> bool:
        """Return whether its message is not settled yet."""

    @abstractmethod
    async def find(self, user: UserId, insight: MessageId) -> Insight | None:
        """Return the user's insight of that id."""

    @abstractmethod
    async def count(self, user: UserId, which: InsightFilter) -> int:
        """Return the number of the user's insights."""

    @abstractmethod
    async def list(
        self, user: UserId, which: InsightFilter, *, limit: int, offset: int
    ) -> Sequence[Insight]:
        """Return a page of the user's insights, newest first."""

    @abstractmethod
    async def mark(self, user: UserId, insight: MessageId, marks: InsightMarks) -> Insight | None:
        """Change the marks and return the insight; None if there is none."""

    @abstractmethod
    async def rate(
        self, user: UserId, insight: MessageId, rating: int, feedback: str | None
    ) -> Insight | None:
        """Store its owner's rating in place of an earlier one, and return the insight."""


@dataclass(frozen=True, slots=True)
class InsightPage:
    insights: Sequence[Insight]
    total: int
    has_more: bool
    """Whether there are older ones."""


@dataclass(frozen=True, slots=True)
class ReadInsights:
    """Read the insights into the caller's portfolios."""

    insights: Insights
    portfolios: ReadPortfolios
    clock: Clock

    async def one(self, insight: MessageId, *, by: UserId) -> Insight:
        """Raise InsightNotFoundError."""
        return _own(await self.insights.find(by, insight))

    async def of_portfolio(  # noqa: PLR0913  a page's filters
        self,
        portfolio: PortfolioId,
        kind: InsightType | None,
        *,
        by: UserId,
        within: timedelta,
        limit: int,
        offset: int,
    ) -> InsightPage:
        """Return a page of recent insights, newest first; raise PortfolioNotFoundError."""
        await self.portfolios.one(portfolio, by=by)
        which = InsightFilter(portfolio_id=portfolio, kind=kind, since=self.clock.now() - within)
        found = await self.insights.list(by, which, limit=limit, offset=offset)
        total = await self.insights.count(by, which)
        return InsightPage(found, total, offset + len(found) < total)


@dataclass(frozen=True, slots=True)
class MarkInsight:
    """Mark an insight as viewed or dismissed."""

    insights: Insights

    async def __call__(self, insight: MessageId, marks: InsightMarks, *, by: UserId) -> Insight:
        """Raise InsightNotFoundError."""
        return _own(await self.insights.mark(by, insight, marks))


@dataclass(frozen=True, slots=True)
class RateInsight:
    """Rate an insight."""

    insights: Insights

    async def __call__(
        self, insight: MessageId, rating: int, feedback: str | None, *, by: UserId
    ) -> Insight:
        """Raise InsightNotFoundError."""
        return _own(await self.insights.rate(by, insight, rating, feedback))


def _own(insight: Insight | None) -> Insight:
    if insight is None:
        raise InsightNotFoundError
    return insight
