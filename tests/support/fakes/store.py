"""The store that all in-memory fakes share."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sigmasight.domain.access.attempts import ClientNetwork
from sigmasight.domain.access.grants import Grant, GrantId
from sigmasight.domain.access.invites import Invited
from sigmasight.domain.access.usage import IdempotencyKey, MessageId
from sigmasight.domain.assistant import memories
from sigmasight.domain.assistant.conversations import Conversation, ConversationId
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.feedback import Feedback
from sigmasight.domain.assistant.insights import Insight
from sigmasight.domain.assistant.memories import MemoryId
from sigmasight.domain.audit import AuditEntry
from sigmasight.domain.billing import SubscriptionItem
from sigmasight.domain.clerk_events.inbox import InboxEntry
from sigmasight.domain.identity.api_keys import ApiKey, ApiKeyId
from sigmasight.domain.identity.users import (
    ClerkAccount,
    User,
)
from sigmasight.domain.jobs import Job, JobId
from sigmasight.domain.kernel import ClerkUserId, UserId
from sigmasight.domain.maintenance.model import MaintenanceRun, MaintenanceRunId
from sigmasight.domain.portfolios.benchmarks import BenchmarkWeights
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult
from sigmasight.domain.portfolios.calculations.runs import CalculationRun
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshot
from sigmasight.domain.portfolios.equity_changes.model import EquityChange, EquityChangeId
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.portfolio import Holdings, Portfolio, PortfolioId
from sigmasight.domain.portfolios.positions import Position, PositionId
from sigmasight.domain.portfolios.profiles import CompanyProfile
from sigmasight.domain.portfolios.tags.model import Tag, TagId
from sigmasight.domain.portfolios.target_prices.model import TargetPrice, TargetPriceId
from sigmasight.domain.research.fundamentals import Report

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """A reserved message."""

    user: UserId
    period: datetime
    limit: int | None
    expires_at: datetime
    is_open: bool = True
    given_back_at: datetime | None = None


@dataclass
class InMemoryStore:
    """What the database would hold. Entities never change, so copying the mappings is enough."""

    users: dict[UserId, User] = field(default_factory=dict)
    accounts: dict[ClerkUserId, ClerkAccount] = field(default_factory=dict)
    items: dict[tuple[ClerkUserId, str], SubscriptionItem] = field(default_factory=dict)
    item_payers: dict[str, ClerkUserId] = field(default_factory=dict)
    waiting_deliveries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ended_sessions: dict[str, datetime] = field(default_factory=dict)
    server_settings: dict[str, tuple[Any, datetime]] = field(default_factory=dict)
    audit: dict[int, AuditEntry] = field(default_factory=dict)
    grants: dict[tuple[UserId, GrantId], tuple[Grant, datetime]] = field(default_factory=dict)
    invites: dict[UserId, Invited] = field(default_factory=dict)
    networks: dict[UserId, dict[ClientNetwork, datetime]] = field(default_factory=dict)
    receipts: dict[str, InboxEntry] = field(default_factory=dict)
    failures: dict[UserId, tuple[datetime, ...]] = field(default_factory=dict)
    api_keys: dict[tuple[UserId, ApiKeyId], ApiKey] = field(default_factory=dict)
    portfolios: dict[tuple[UserId, PortfolioId], Portfolio] = field(default_factory=dict)
    positions: dict[tuple[UserId, PositionId], Position] = field(default_factory=dict)
    tags: dict[tuple[UserId, TagId], Tag] = field(default_factory=dict)
    borne: dict[tuple[UserId, PositionId], frozenset[TagId]] = field(default_factory=dict)
    targets: dict[tuple[UserId, TargetPriceId], TargetPrice] = field(default_factory=dict)
    equity: dict[tuple[UserId, EquityChangeId], EquityChange] = field(default_factory=dict)
    reports: dict[tuple[str, str, str, date], Report] = field(default_factory=dict)
    prices: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    profiles: dict[str, CompanyProfile] = field(default_factory=dict)
    splits: dict[str, dict[date, float]] = field(default_factory=dict)
    implied_volatilities: dict[tuple[str, date], Decimal | None] = field(default_factory=dict)
    benchmarks: dict[tuple[str, date], BenchmarkWeights] = field(default_factory=dict)
    staged: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    runs: dict[tuple[UserId, RunId], CalculationRun] = field(default_factory=dict)
    fixes: dict[MaintenanceRunId, MaintenanceRun] = field(default_factory=dict)
    jobs: dict[tuple[bool, JobId], Job] = field(default_factory=dict)
    snapshots: dict[tuple[UserId, PortfolioId, RunId], Snapshot] = field(default_factory=dict)
    factors: dict[tuple[UserId, PortfolioId], FactorResult] = field(default_factory=dict)
    passwords: dict[UserId, str] = field(default_factory=dict)
    logins: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    entries: dict[MessageId, Entry] = field(default_factory=dict)
    keys: dict[tuple[UserId, str], tuple[IdempotencyKey, MessageId, datetime]] = field(
        default_factory=dict
    )
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    exchanges: dict[MessageId, Exchange] = field(default_factory=dict)
    facts: dict[MemoryId, memories.Memory] = field(default_factory=dict)
    feedback: dict[tuple[UserId, MessageId], Feedback] = field(default_factory=dict)
    insights: dict[MessageId, Insight] = field(default_factory=dict)

    def copy(self) -> "InMemoryStore":
        return InMemoryStore(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})

    def restore(self, before: "InMemoryStore") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(before, each.name))

    @property
    def open_reservations(self) -> int:
        """How many messages are reserved and not settled."""
        return sum(entry.is_open for entry in self.entries.values())

    def used_messages(self, user: UserId) -> int:
        return self.users[user].messages.used

    def user_of(self, account: ClerkUserId) -> User | None:
        found = (user for user in self.users.values() if user.clerk_user_id == account)
        return next(found, None)

    def portfolios_of(self, user: UserId) -> Sequence[Portfolio]:
        """Return what a user has and has not deleted, oldest first."""
        return sorted(
            (
                self._with_holdings(portfolio)
                for (owner, _), portfolio in self.portfolios.items()
                if owner == user and portfolio.deleted_at is None
            ),
            key=lambda portfolio: (portfolio.created_at, portfolio.id),
        )

    def _with_holdings(self, portfolio: Portfolio) -> Portfolio:
        worth = [
            self.priced(position).worth
            for position in self.positions.values()
            if position.portfolio_id == portfolio.id and position.is_open
        ]
        return replace(portfolio, holdings=Holdings(len(worth), total(worth)))

    def priced(self, position: Position) -> Position:
        """Return a position with the newest price of its symbol, and the rate of its currency."""
        stated = position.file_price_date
        day = self._last_day(position.symbol, after=stated or date.min)
        into = self.portfolios[position.user_id, position.portfolio_id].terms.currency
        return replace(
            position,
            last_price=self.prices[position.symbol, day] if day else position.file_price,
            price_date=day or stated,
            implied_volatility=self.implied_volatilities.get((position.symbol, day or date.min)),
            exchange_rate=self.rate(position.currency, into),
            rate_date=self._rate_day(position.currency, into),
        )

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return the newest rate between two currencies."""
        if currency == into:
            return Decimal(1)
        if day := self._last_day(currency + into):
            return self.prices[currency + into, day]
        day = self._last_day(into + currency)
        return 1 / self.prices[into + currency, day] if day else None

    def _rate_day(self, currency: str, into: str) -> date | None:
        if currency == into:
            return None
        return self._last_day(currency + into) or self._last_day(into + currency)

    def _last_day(self, symbol: str, *, after: date = date.min) -> date | None:
        days = [day for known, day in self.prices if known == symbol and day > after]
        return max(days, default=None)
