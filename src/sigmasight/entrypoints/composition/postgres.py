"""The Postgres adapters of the ports."""

from collections.abc import AsyncIterator

import asyncpg
from dishka import Provider, Scope, provide
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.jobs import PgqueuerJobQueue, PgqueuerJobs
from sigmasight.adapters.postgres.access import PostgresInviteAttempts
from sigmasight.adapters.postgres.api_keys import PostgresApiKeys
from sigmasight.adapters.postgres.assistant import (
    PostgresConversations,
    PostgresExchanges,
    PostgresFeedbacks,
    PostgresInsights,
    PostgresMemories,
    PostgresPortfolioContexts,
)
from sigmasight.adapters.postgres.attempts import PostgresAttempts
from sigmasight.adapters.postgres.audit import PostgresAuditTrail
from sigmasight.adapters.postgres.billing import PostgresItemPayers, PostgresSubscriptions
from sigmasight.adapters.postgres.calculations import PostgresCalculationRuns, PostgresSnapshots
from sigmasight.adapters.postgres.callers import PostgresCallers
from sigmasight.adapters.postgres.clerk_events import PostgresInbox
from sigmasight.adapters.postgres.company_profiles import (
    PostgresBenchmarks,
    PostgresCompanyProfiles,
)
from sigmasight.adapters.postgres.engine import PostgresTransaction, create_engine, create_pool
from sigmasight.adapters.postgres.equities import PostgresEquities
from sigmasight.adapters.postgres.equity_changes import PostgresEquityChanges
from sigmasight.adapters.postgres.factor_results import PostgresFactorResults
from sigmasight.adapters.postgres.fundamentals import PostgresFundamentals
from sigmasight.adapters.postgres.health import PostgresSchema
from sigmasight.adapters.postgres.identity import (
    PostgresClerkAccounts,
    PostgresUsers,
)
from sigmasight.adapters.postgres.jobs import PostgresJobRecords
from sigmasight.adapters.postgres.maintenance import PostgresAllPortfolios, PostgresMaintenanceRuns
from sigmasight.adapters.postgres.overviews import PostgresOverviews
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.position_details import PostgresPositionDetails
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.adapters.postgres.prices import (
    PostgresExchangeRates,
    PostgresPrices,
    PostgresSplits,
)
from sigmasight.adapters.postgres.retention import PostgresExpiredRecords
from sigmasight.adapters.postgres.server_settings import PostgresRecordedSettings
from sigmasight.adapters.postgres.sessions import PostgresEndedSessions
from sigmasight.adapters.postgres.tags import PostgresPositionTags, PostgresTags
from sigmasight.adapters.postgres.target_prices import PostgresTargetPrices
from sigmasight.adapters.postgres.usage import PostgresGrantLedger, PostgresMessageLedger
from sigmasight.adapters.postgres.user_directory import PostgresUserDirectory
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
from sigmasight.domain.health import Schema
from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.api_keys import ApiKeys
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.sign_out import EndedSessions
from sigmasight.domain.identity.users import ClerkAccounts, Users
from sigmasight.domain.jobs import JobQueue, Jobs
from sigmasight.domain.kernel import Transaction
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
from sigmasight.settings import Settings


class Postgres(Provider):
    scope = Scope.REQUEST

    api_keys = provide(PostgresApiKeys, provides=ApiKeys)
    users = provide(PostgresUsers, provides=Users)
    accounts = provide(PostgresClerkAccounts, provides=ClerkAccounts)
    user_directory = provide(PostgresUserDirectory, provides=UserDirectory)
    subscriptions = provide(PostgresSubscriptions, provides=Subscriptions)
    item_payers = provide(PostgresItemPayers, provides=ItemPayers)
    ended_sessions = provide(PostgresEndedSessions, provides=EndedSessions)
    recorded_settings = provide(PostgresRecordedSettings, provides=RecordedSettings)
    audit_trail = provide(PostgresAuditTrail, provides=AuditTrail)
    job_records = provide(PostgresJobRecords, provides=JobRecords)
    attempts = provide(PostgresAttempts, provides=Attempts)
    inbox = provide(PostgresInbox, provides=Inbox)
    invite_attempts = provide(PostgresInviteAttempts, provides=InviteAttempts)
    portfolios = provide(PostgresPortfolios, provides=Portfolios)
    positions = provide(PostgresPositions, provides=Positions)
    tags = provide(PostgresTags, provides=Tags)
    position_tags = provide(PostgresPositionTags, provides=PositionTags)
    target_prices = provide(PostgresTargetPrices, provides=TargetPrices)
    equity_changes = provide(PostgresEquityChanges, provides=EquityChanges)
    fundamentals = provide(PostgresFundamentals, provides=Fundamentals)
    runs = provide(PostgresCalculationRuns, provides=CalculationRuns)
    snapshots = provide(PostgresSnapshots, provides=Snapshots)
    factor_results = provide(PostgresFactorResults, provides=FactorResults)
    queue = provide(PgqueuerJobQueue, provides=JobQueue)
    maintenance_runs = provide(PostgresMaintenanceRuns, provides=MaintenanceRuns)
    all_portfolios = provide(PostgresAllPortfolios, provides=AllPortfolios)
    expired_records = provide(PostgresExpiredRecords, provides=ExpiredRecords)
    prices = provide(PostgresPrices, provides=Prices)
    rates = provide(PostgresExchangeRates, provides=ExchangeRates)
    profiles = provide(PostgresCompanyProfiles, provides=CompanyProfiles)
    benchmarks = provide(PostgresBenchmarks, provides=Benchmarks)
    splits = provide(PostgresSplits, provides=Splits)
    transaction = provide(PostgresTransaction, provides=Transaction)
    callers = provide(PostgresCallers, provides=Callers, scope=Scope.APP)
    grants = provide(PostgresGrantLedger, provides=GrantLedger, scope=Scope.APP)
    messages = provide(PostgresMessageLedger, provides=MessageLedger, scope=Scope.APP)
    conversations = provide(PostgresConversations, provides=Conversations, scope=Scope.APP)
    exchanges = provide(PostgresExchanges, provides=Exchanges, scope=Scope.APP)
    portfolio_contexts = provide(
        PostgresPortfolioContexts, provides=PortfolioContexts, scope=Scope.APP
    )
    overviews = provide(PostgresOverviews, provides=Overviews, scope=Scope.APP)
    position_details = provide(
        PostgresPositionDetails, provides=PositionDetailsReader, scope=Scope.APP
    )
    feedbacks = provide(PostgresFeedbacks, provides=Feedbacks, scope=Scope.APP)
    equities = provide(PostgresEquities, provides=Equities, scope=Scope.APP)
    insights = provide(PostgresInsights, provides=Insights, scope=Scope.APP)
    memories = provide(PostgresMemories, provides=Memories, scope=Scope.APP)
    schema = provide(PostgresSchema, provides=Schema, scope=Scope.APP)

    @provide(scope=Scope.APP)
    async def engine(self, settings: Settings) -> AsyncIterator[AsyncEngine]:
        engine = create_engine(_address(settings), prepared=settings.database_prepared_statements)
        yield engine
        await engine.dispose()

    @provide(scope=Scope.APP)
    async def pool(self, settings: Settings) -> AsyncIterator[asyncpg.Pool]:
        prepared = settings.database_prepared_statements
        async with create_pool(_address(settings), prepared=prepared) as pool:
            yield pool

    @provide(scope=Scope.APP)
    def jobs(self, pool: asyncpg.Pool) -> Jobs:
        return PgqueuerJobs(pool)

    @provide
    async def session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session


def _address(settings: Settings) -> str:
    if settings.database_url is None:
        raise RuntimeError("Start the embedded database before building the container.")
    return settings.database_url.get_secret_value()
