"""The dependency injection provider that replaces Postgres, Clerk and the system clock."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dishka import Provider, Scope

from sigmasight.domain.access.attempts import Attempts
from sigmasight.domain.access.grants import GrantLedger
from sigmasight.domain.access.invites import InviteAttempts
from sigmasight.domain.access.recorded_settings import RecordedSettings
from sigmasight.domain.access.usage import MessageLedger
from sigmasight.domain.assistant.chat import PortfolioContexts
from sigmasight.domain.assistant.conversations import Conversations
from sigmasight.domain.assistant.exchanges import Exchanges
from sigmasight.domain.assistant.feedback import Feedbacks
from sigmasight.domain.assistant.insights import Insights
from sigmasight.domain.assistant.memories import Memories
from sigmasight.domain.audit import AuditTrail
from sigmasight.domain.billing import Subscriptions
from sigmasight.domain.clerk_events.inbox import Inbox
from sigmasight.domain.clerk_events.payers import ItemPayers
from sigmasight.domain.identity.api_keys import ApiKeys
from sigmasight.domain.identity.password_login import KnownNetworks, PasswordAccounts
from sigmasight.domain.identity.sign_out import EndedSessions
from sigmasight.domain.identity.users import ClerkAccounts, Users
from sigmasight.domain.jobs import JobQueue, Jobs
from sigmasight.domain.maintenance.jobs import JobRecords
from sigmasight.domain.maintenance.model import AllPortfolios, MaintenanceRuns
from sigmasight.domain.maintenance.retention import ExpiredRecords
from sigmasight.domain.portfolios.benchmarks import Benchmarks
from sigmasight.domain.portfolios.calculations.factor_results import FactorResults
from sigmasight.domain.portfolios.calculations.runs import CalculationRuns
from sigmasight.domain.portfolios.calculations.snapshots import Snapshots
from sigmasight.domain.portfolios.equity_changes.model import EquityChanges
from sigmasight.domain.portfolios.overview import Overviews
from sigmasight.domain.portfolios.portfolio import ExchangeRates, Portfolios
from sigmasight.domain.portfolios.positions.details import PositionDetailsReader
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.profiles import CompanyProfiles
from sigmasight.domain.portfolios.splits import Splits
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tags
from sigmasight.domain.portfolios.target_prices.model import TargetPrices
from sigmasight.domain.research.equity_search import Equities
from sigmasight.domain.research.fundamentals import Fundamentals
from tests.support.fakes.access import (
    InMemoryAttempts,
    InMemoryInviteAttempts,
    InMemoryRecordedSettings,
)
from tests.support.fakes.api_keys import InMemoryApiKeys
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.billing import InMemoryItemPayers, InMemorySubscriptions
from tests.support.fakes.calculations import (
    InMemoryCalculationRuns,
    InMemoryFactorResults,
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.support.fakes.clerk_events import InMemoryInbox
from tests.support.fakes.conversations import (
    InMemoryConversations,
    InMemoryExchanges,
    InMemoryFeedbacks,
)
from tests.support.fakes.equity_changes import InMemoryEquityChanges
from tests.support.fakes.identity import InMemoryClerkAccounts, InMemoryEndedSessions, InMemoryUsers
from tests.support.fakes.insights import InMemoryInsights
from tests.support.fakes.maintenance import (
    InMemoryAllPortfolios,
    InMemoryJobRecords,
    InMemoryMaintenanceRuns,
)
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.overviews import InMemoryOverviews, InMemoryPositionDetails
from tests.support.fakes.password_login import InMemoryKnownNetworks, InMemoryPasswordAccounts
from tests.support.fakes.portfolio_contexts import InMemoryPortfolioContexts
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.prices import InMemoryExchangeRates, InMemoryPrices, InMemorySplits
from tests.support.fakes.profiles import InMemoryBenchmarks, InMemoryCompanyProfiles
from tests.support.fakes.research import InMemoryEquities, InMemoryFundamentals
from tests.support.fakes.retention import InMemoryExpiredRecords
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.tags import InMemoryPositionTags, InMemoryTags
from tests.support.fakes.target_prices import InMemoryTargetPrices
from tests.support.fakes.usage import InMemoryGrantLedger, InMemoryMessageLedger

IN_MEMORY: Final[Mapping[Any, type]] = {
    AllPortfolios: InMemoryAllPortfolios,
    ApiKeys: InMemoryApiKeys,
    PortfolioContexts: InMemoryPortfolioContexts,
    Attempts: InMemoryAttempts,
    AuditTrail: InMemoryAuditTrail,
    RecordedSettings: InMemoryRecordedSettings,
    Benchmarks: InMemoryBenchmarks,
    Splits: InMemorySplits,
    CompanyProfiles: InMemoryCompanyProfiles,
    CalculationRuns: InMemoryCalculationRuns,
    ClerkAccounts: InMemoryClerkAccounts,
    Conversations: InMemoryConversations,
    EquityChanges: InMemoryEquityChanges,
    Equities: InMemoryEquities,
    EndedSessions: InMemoryEndedSessions,
    Exchanges: InMemoryExchanges,
    MaintenanceRuns: InMemoryMaintenanceRuns,
    ExpiredRecords: InMemoryExpiredRecords,
    FactorResults: InMemoryFactorResults,
    Feedbacks: InMemoryFeedbacks,
    Fundamentals: InMemoryFundamentals,
    GrantLedger: InMemoryGrantLedger,
    Inbox: InMemoryInbox,
    Insights: InMemoryInsights,
    ItemPayers: InMemoryItemPayers,
    InviteAttempts: InMemoryInviteAttempts,
    JobQueue: InMemoryQueue,
    JobRecords: InMemoryJobRecords,
    Jobs: InMemoryQueue,
    Memories: InMemoryMemories,
    MessageLedger: InMemoryMessageLedger,
    Portfolios: InMemoryPortfolios,
    Overviews: InMemoryOverviews,
    PositionDetailsReader: InMemoryPositionDetails,
    PositionTags: InMemoryPositionTags,
    Positions: InMemoryPositions,
    Prices: InMemoryPrices,
    ExchangeRates: InMemoryExchangeRates,
    Snapshots: InMemorySnapshots,
    Subscriptions: InMemorySubscriptions,
    Tags: InMemoryTags,
    TargetPrices: InMemoryTargetPrices,
    Users: InMemoryUsers,
}
"""For each port, its fake: made of an in-memory store and nothing else."""

PASSWORD_LOGIN: Final[Mapping[Any, type]] = {
    PasswordAccounts: InMemoryPasswordAccounts,
    KnownNetworks: InMemoryKnownNetworks,
}
"""The same for the ports that exist only while users may sign in with a password."""


class InMemoryProvider(Provider):
    """Provides fakes over one store, and the given instances for all other ports."""

    def __init__(
        self, store: InMemoryStore, instances: Mapping[Any, object], *, password_login: bool
    ) -> None:
        super().__init__(scope=Scope.APP)
        self.provide(_constant(store), provides=InMemoryStore)
        for port, fake in {**IN_MEMORY, **(PASSWORD_LOGIN if password_login else {})}.items():
            self.provide(fake, provides=port, override=True)
        for port, instance in instances.items():
            self.provide(_constant(instance), provides=port, override=True)


def _constant(value: object) -> Callable[[], object]:
    return lambda: value
