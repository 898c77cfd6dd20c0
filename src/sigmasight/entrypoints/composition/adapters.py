"""The adapters behind the ports."""

import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
from dishka import (
    Provider,
    Scope,
    alias,
    decorate,
    provide,
    provide_all,
)
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.clerk.backend import ClerkBackend
from sigmasight.adapters.clerk.billing import ClerkBilling
from sigmasight.adapters.clerk.directory import ClerkDirectory, ClerkRegister
from sigmasight.adapters.clerk.events import ClerkEventReader
from sigmasight.adapters.clerk.key_set import ClerkCheck, ClerkKeySet, PemKey, VerificationKeys
from sigmasight.adapters.clerk.session_tokens import ClerkSessionTokens, TokenRules
from sigmasight.adapters.clerk.sessions import ClerkSessions
from sigmasight.adapters.jobs import PgqueuerCalculationQueue, PgqueuerJobs
from sigmasight.adapters.language_model.offline.analyst import OfflineAnalyst
from sigmasight.adapters.legacy.either import EitherSessionTokens
from sigmasight.adapters.legacy.passwords import PwdlibPasswords
from sigmasight.adapters.legacy.tokens import HmacSessionTokens
from sigmasight.adapters.postgres.access import PostgresInviteAttempts
from sigmasight.adapters.postgres.assistant import (
    PostgresBooks,
    PostgresConversations,
    PostgresExchanges,
    PostgresInsights,
    PostgresMemories,
)
from sigmasight.adapters.postgres.billing import PostgresSubscriptions
from sigmasight.adapters.postgres.calculations import PostgresCalculationRuns, PostgresSnapshots
from sigmasight.adapters.postgres.callers import PostgresCallers
from sigmasight.adapters.postgres.clerk_events import PostgresInbox
from sigmasight.adapters.postgres.engine import PostgresTransaction, create_engine, create_pool
from sigmasight.adapters.postgres.equity_changes import PostgresEquityChanges
from sigmasight.adapters.postgres.fundamentals import PostgresFundamentals
from sigmasight.adapters.postgres.health import DatabaseCheck, PostgresSchema, WebhooksCheck
from sigmasight.adapters.postgres.identity import PostgresClerkAccounts, PostgresUsers
from sigmasight.adapters.postgres.legacy import (
    PostgresLegacyAccounts,
    PostgresLoginAttempts,
)
from sigmasight.adapters.postgres.people import PostgresPeople
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.adapters.postgres.prices import PostgresPrices
from sigmasight.adapters.postgres.tags import PostgresPositionTags, PostgresTags
from sigmasight.adapters.postgres.target_prices import PostgresTargetPrices
from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.adapters.svix import SvixSignatures
from sigmasight.adapters.system import SystemClock, ThreadAside
from sigmasight.adapters.telemetry import LoggedInviteAudit, LoggedWebhookMonitor
from sigmasight.domain.access.invites import (
    InviteAttempts,
    InviteAudit,
)
from sigmasight.domain.access.usage import MessageLedger
from sigmasight.domain.assistant.answering import Books
from sigmasight.domain.assistant.conversations import Conversations
from sigmasight.domain.assistant.exchanges import Exchanges
from sigmasight.domain.assistant.insights import Insights
from sigmasight.domain.assistant.language_model import LanguageModel
from sigmasight.domain.assistant.memories import Memories
from sigmasight.domain.billing import BillingRecords, Subscriptions
from sigmasight.domain.clerk_events.deliveries import Inbox, WebhookMonitor, WebhookSignatures
from sigmasight.domain.clerk_events.events import EventReader
from sigmasight.domain.health import Health, Schema
from sigmasight.domain.identity.directory import Directory, Register
from sigmasight.domain.identity.legacy import (
    LegacyAccounts,
    LegacyTokens,
    LoginAttempts,
    LogInWithPassword,
    Passwords,
    RegisterWithPassword,
)
from sigmasight.domain.identity.operating import People
from sigmasight.domain.identity.sessions import Sessions, SessionTokens
from sigmasight.domain.identity.users import (
    Callers,
    ClerkAccounts,
    Users,
)
from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.portfolios.csv_import.importing import Aside
from sigmasight.domain.portfolios.equity_changes.change import EquityChanges
from sigmasight.domain.portfolios.portfolio import (
    Portfolios,
)
from sigmasight.domain.portfolios.positions.position import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.runs import CalculationQueue, CalculationRuns, Jobs
from sigmasight.domain.portfolios.snapshots import Snapshots
from sigmasight.domain.portfolios.tags.bearing import PositionTags
from sigmasight.domain.portfolios.tags.tag import Tags
from sigmasight.domain.portfolios.targets.target import TargetPrices
from sigmasight.domain.research.fundamentals import Fundamentals
from sigmasight.settings import Settings

CLERK_TIMEOUT = 5.0


class System(Provider):
    scope = Scope.APP

    clock = provide(SystemClock, provides=Clock)
    aside = provide(ThreadAside, provides=Aside)
    invite_audit = provide(LoggedInviteAudit, provides=InviteAudit)
    webhook_monitor = provide(LoggedWebhookMonitor, provides=WebhookMonitor)

    @provide
    def health(
        self, schema: Schema, keys: VerificationKeys, pool: asyncpg.Pool, clock: Clock
    ) -> Health:
        return Health([DatabaseCheck(schema), ClerkCheck(keys), WebhooksCheck(pool, clock)])


class Clerk(Provider):
    scope = Scope.APP

    events = provide(ClerkEventReader, provides=EventReader)
    directory = provide(ClerkDirectory, provides=Directory)
    register = provide(ClerkRegister, provides=Register)
    billing = provide(ClerkBilling, provides=BillingRecords)
    sessions = provide(ClerkSessions, provides=Sessions)

    @provide
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(timeout=CLERK_TIMEOUT) as client:
            yield client

    @provide
    async def keys(
        self, settings: Settings, client: httpx.AsyncClient
    ) -> AsyncIterator[VerificationKeys]:
        if settings.clerk_jwt_key:
            yield PemKey(settings.clerk_jwt_key)
            return
        keys = ClerkKeySet(client, settings.jwks_url, time.monotonic)
        yield keys
        await keys.aclose()

    @provide
    def tokens(self, settings: Settings, keys: VerificationKeys, clock: Clock) -> SessionTokens:
        rules = TokenRules(
            settings.issuer, settings.clerk_audience, frozenset(settings.clerk_authorized_parties)
        )
        return ClerkSessionTokens(keys, rules, clock)

    @provide
    def backend(self, settings: Settings, client: httpx.AsyncClient, clock: Clock) -> ClerkBackend:
        secret = settings.clerk_secret_key
        key = secret.get_secret_value() if secret else None
        return ClerkBackend(client, settings.clerk_api_url, key, clock)

    @provide
    def signatures(self, settings: Settings, monitor: WebhookMonitor) -> WebhookSignatures:
        return SvixSignatures(
            [secret.get_secret_value() for secret in settings.clerk_webhook_secret], monitor
        )


class Postgres(Provider):
    scope = Scope.REQUEST

    users = provide(PostgresUsers, provides=Users)
    accounts = provide(PostgresClerkAccounts, provides=ClerkAccounts)
    people = provide(PostgresPeople, provides=People)
    subscriptions = provide(PostgresSubscriptions, provides=Subscriptions)
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
    queue = provide(PgqueuerCalculationQueue, provides=CalculationQueue)
    prices = provide(PostgresPrices, provides=Prices)
    transaction = provide(PostgresTransaction, provides=Transaction)
    callers = provide(PostgresCallers, provides=Callers, scope=Scope.APP)
    messages = provide(PostgresMessageLedger, provides=MessageLedger, scope=Scope.APP)
    conversations = provide(PostgresConversations, provides=Conversations, scope=Scope.APP)
    exchanges = provide(PostgresExchanges, provides=Exchanges, scope=Scope.APP)
    books = provide(PostgresBooks, provides=Books, scope=Scope.APP)
    insights = provide(PostgresInsights, provides=Insights, scope=Scope.APP)
    memories = provide(PostgresMemories, provides=Memories, scope=Scope.APP)
    schema = provide(PostgresSchema, provides=Schema, scope=Scope.APP)

    @provide(scope=Scope.APP)
    async def engine(self, settings: Settings) -> AsyncIterator[AsyncEngine]:
        engine = create_engine(_address(settings))
        yield engine
        await engine.dispose()

    @provide(scope=Scope.APP)
    async def pool(self, settings: Settings) -> AsyncIterator[asyncpg.Pool]:
        async with create_pool(_address(settings)) as pool:
            yield pool

    @provide(scope=Scope.APP)
    def jobs(self, pool: asyncpg.Pool) -> Jobs:
        return PgqueuerJobs(pool)

    @provide
    async def session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session


class Assistant(Provider):
    scope = Scope.APP

    @provide
    async def language_model(self, settings: Settings) -> AsyncIterator[LanguageModel]:
        if not (settings.openai_api_key or settings.openai_base_url):
            yield OfflineAnalyst()
            return
        # The SDK takes a second to import, which nobody pays who does not use it.
        from sigmasight.adapters.language_model.openai import OpenAiLanguageModel  # noqa: PLC0415
        from sigmasight.adapters.language_model.reply import Pace  # noqa: PLC0415

        patience = settings.openai_timeout_seconds
        secret = settings.openai_api_key
        async with OpenAiLanguageModel(
            key=secret.get_secret_value() if secret else None,
            base_url=settings.openai_base_url,
            model=settings.openai_model,
            pace=Pace(first_piece=patience, between_pieces=patience),
        ) as model:
            yield model


class Legacy(Provider):
    """Email and password: part of the container only while LEGACY_AUTH_ENABLED says so."""

    scope = Scope.REQUEST

    use_cases = provide_all(LogInWithPassword, RegisterWithPassword)
    accounts = provide(PostgresLegacyAccounts, provides=LegacyAccounts)
    attempts = provide(PostgresLoginAttempts, provides=LoginAttempts)
    signing = alias(HmacSessionTokens, provides=LegacyTokens)

    @provide(scope=Scope.APP)
    def passwords(self) -> Passwords:
        return PwdlibPasswords()

    @provide(scope=Scope.APP)
    def tokens(self, settings: Settings, clock: Clock) -> HmacSessionTokens:
        if settings.secret_key is None:
            raise RuntimeError("Settings for serving have a SECRET_KEY where legacy auth is on.")
        secret = settings.secret_key.get_secret_value()
        return HmacSessionTokens(secret, settings.clerk_audience, clock)

    @decorate(scope=Scope.APP)
    def either(self, clerks: SessionTokens, ours: HmacSessionTokens) -> SessionTokens:
        return EitherSessionTokens(clerks, ours)


def _address(settings: Settings) -> str:
    if settings.database_url is None:
        raise RuntimeError("The embedded database has to be started before the container is built.")
    return settings.database_url.get_secret_value()
