"""Insights: analyses of a portfolio, and what their owner makes of them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.language_model import Analysis, InsightType
from sigmasight.domain.kernel import Clock, NotFoundError, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId, ReadPortfolios

NOTHING: Final = Decimal("0.00")


class InsightNotFoundError(NotFoundError):
    code = "insight_not_found"

    def __init__(self) -> None:
        super().__init__("No such insight.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightTopic:
    """What an insight is asked to be about."""

    portfolio_id: PortfolioId
    kind: InsightType
    focus_area: str | None = None
    user_question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    id: MessageId
    """That of the message it took."""
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
        """How many it took; None where its model does not tell."""
        spent = self.analysis.token_usage
        return None if spent is None else spent.total

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in dollars: nothing without tokens, and else nobody tells their price."""
        return NOTHING if self.tokens == 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightFilter:
    """Which insights into a portfolio; None is whatever."""

    portfolio_id: PortfolioId
    kind: InsightType | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InsightMarks:
    """What an owner has done with an insight; None is left as it is."""

    viewed: bool | None = None
    dismissed: bool | None = None


class Insights(Protocol):
    """Everybody's insights; a deleted portfolio's are gone with it."""

    @abstractmethod
    async def add(self, insight: Insight) -> bool:
        """Store a new one and keep its message: both, or neither; tell which.

        A message that is settled already has been given back, and pays for nothing. Raise
        PortfolioNotFoundError for a portfolio that is no more.
        """

    @abstractmethod
    async def is_under_way(self, user: UserId, insight: MessageId) -> bool:
        """Tell whether the message it takes is not settled yet."""

    @abstractmethod
    async def find(self, user: UserId, insight: MessageId) -> Insight | None:
        """Return the user's insight of that id."""

    @abstractmethod
    async def count(self, user: UserId, which: InsightFilter) -> int:
        """Return how many of the user's there are."""

    @abstractmethod
    async def list(
        self, user: UserId, which: InsightFilter, *, limit: int, offset: int
    ) -> Sequence[Insight]:
        """Return that many of the user's, the newest first."""

    @abstractmethod
    async def mark(self, user: UserId, insight: MessageId, marks: InsightMarks) -> Insight | None:
        """Change the marks and return the insight; None where there is no such."""

    @abstractmethod
    async def rate(
        self, user: UserId, insight: MessageId, rating: int, feedback: str | None
    ) -> Insight | None:
        """Keep what its owner thinks, instead of what they thought before, and return it."""


@dataclass(frozen=True, slots=True)
class InsightPage:
    insights: Sequence[Insight]
    total: int
    has_more: bool
    """Whether there are older ones."""


@dataclass(frozen=True, slots=True)
class ReadInsights:
    """Look at the insights into one's portfolios."""

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
        """Return those of the time just gone, the newest first; raise PortfolioNotFoundError."""
        await self.portfolios.one(portfolio, by=by)
        which = InsightFilter(portfolio_id=portfolio, kind=kind, since=self.clock.now() - within)
        found = await self.insights.list(by, which, limit=limit, offset=offset)
        total = await self.insights.count(by, which)
        return InsightPage(found, total, offset + len(found) < total)


@dataclass(frozen=True, slots=True)
class MarkInsight:
    """Note that an insight was seen, or is not wanted."""

    insights: Insights

    async def __call__(self, insight: MessageId, marks: InsightMarks, *, by: UserId) -> Insight:
        """Raise InsightNotFoundError."""
        return _own(await self.insights.mark(by, insight, marks))


@dataclass(frozen=True, slots=True)
class RateInsight:
    """Say what one thinks of an insight."""

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
