"""The one place that knows both the ports and their adapters."""

import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
from dishka import (
    STRICT_VALIDATION,
    AsyncContainer,
    Provider,
    Scope,
    alias,
    decorate,
    from_context,
    make_async_container,
    provide,
    provide_all,
)
from dishka.integrations.litestar import LitestarProvider
from litestar import Request
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.clerk.backend import ClerkBackend
from sigmasight.adapters.clerk.billing import ClerkBilling
from sigmasight.adapters.clerk.directory import ClerkDirectory, ClerkRegister
from sigmasight.adapters.clerk.events import ClerkEventReader
from sigmasight.adapters.clerk.key_set import ClerkCheck, ClerkKeySet, PemKey, VerificationKeys
from sigmasight.adapters.clerk.session_tokens import ClerkSessionTokens, TokenRules
from sigmasight.adapters.clerk.sessions import ClerkSessions
from sigmasight.adapters.legacy.either import EitherSessionTokens
from sigmasight.adapters.legacy.passwords import PwdlibPasswords
from sigmasight.adapters.legacy.tokens import HmacSessionTokens
from sigmasight.adapters.postgres.access import PostgresInviteAttempts
from sigmasight.adapters.postgres.billing import PostgresSubscriptions
from sigmasight.adapters.postgres.callers import PostgresCallers
from sigmasight.adapters.postgres.clerk_events import PostgresInbox
from sigmasight.adapters.postgres.embedded import database
from sigmasight.adapters.postgres.engine import PostgresTransaction, create_engine, create_pool
from sigmasight.adapters.postgres.health import DatabaseCheck, PostgresSchema, WebhooksCheck
from sigmasight.adapters.postgres.identity import PostgresClerkAccounts, PostgresUsers
from sigmasight.adapters.postgres.legacy import (
    PostgresLegacyAccounts,
    PostgresLoginAttempts,
)
from sigmasight.adapters.postgres.migrating import migration_config
from sigmasight.adapters.postgres.people import PostgresPeople
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.adapters.svix import SvixSignatures
from sigmasight.adapters.system import SystemClock
from sigmasight.adapters.telemetry import LoggedInviteAudit, LoggedWebhookMonitor
from sigmasight.domain.access.entitlements import Entitlements
from sigmasight.domain.access.invites import (
    InviteAttempts,
    InviteAudit,
    InviteCodes,
    ValidateInvite,
)
from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import GrantMessages, MessageLedger, ReadUsageHistory
from sigmasight.domain.billing import BillingRecords, Plans, Subscriptions
from sigmasight.domain.clerk_events.deliveries import Inbox, WebhookMonitor, WebhookSignatures
from sigmasight.domain.clerk_events.events import EventReader, Learn
from sigmasight.domain.clerk_events.receiving import (
    LookUpWebhooks,
    PruneWebhooks,
    ReceiveWebhook,
    ReplayWebhook,
)
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
from sigmasight.domain.identity.migrating import MigrateToClerk
from sigmasight.domain.identity.operating import DeactivateUser, LinkUser, LookUpPeople, People
from sigmasight.domain.identity.own_session import Logout, Refresh
from sigmasight.domain.identity.provisioning import FirstSight, Identify, Provision, Settlement
from sigmasight.domain.identity.sessions import AnySession, Session, Sessions, SessionTokens
from sigmasight.domain.identity.users import (
    Callers,
    ClerkAccounts,
    Operators,
    Overview,
    User,
    Users,
)
from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.portfolios.portfolio import (
    CreatePortfolio,
    DeletePortfolio,
    Portfolios,
    ReadPortfolios,
    UpdatePortfolio,
)
from sigmasight.domain.reconciliation.reconciling import Reconcile
from sigmasight.domain.reconciliation.repair import Repair
from sigmasight.entrypoints.http.authentication import Authentication, CredentialRules
from sigmasight.settings import Settings

__all__ = ["build_container", "database", "migration_config"]

CLERK_TIMEOUT = 5.0


class Rules(Provider):
    """What the settings decide."""

    scope = Scope.APP

    settings = from_context(Settings)

    @provide
    def invite_codes(self, settings: Settings) -> InviteCodes:
        codes = [code.get_secret_value() for code in settings.beta_invite_code]
        return InviteCodes(codes, settings.invite_code_enabled)

    @provide
    def limits(self, settings: Settings) -> TierLimits:
        return settings.limits

    entitlements = provide(Entitlements)

    @provide
    def plans(self, settings: Settings) -> Plans:
        return Plans(frozenset(settings.clerk_paid_plans), settings.grace)

    @provide
    def operators(self, settings: Settings) -> Operators:
        return Operators(frozenset(settings.admin_clerk_user_ids))

    @provide
    def credential_rules(self, settings: Settings) -> CredentialRules:
        return CredentialRules(settings.session_cookies, settings.origins)


class UseCases(Provider):
    scope = Scope.REQUEST

    identity = provide_all(Provision, Settlement)
    identify = provide(Identify, scope=Scope.APP)
    own_session = provide_all(Logout, Refresh)
    access = provide(ValidateInvite)
    usage = provide_all(ReadUsageHistory, GrantMessages, scope=Scope.APP)
    webhooks = provide_all(Learn, ReceiveWebhook, LookUpWebhooks, ReplayWebhook, PruneWebhooks)
    operating = provide_all(
        LookUpPeople, LinkUser, DeactivateUser, MigrateToClerk, Repair, Reconcile
    )
    portfolios = provide_all(CreatePortfolio, ReadPortfolios, UpdatePortfolio, DeletePortfolio)


class Caller(Provider):
    """Who a request comes from, found out once a request."""

    scope = Scope.REQUEST

    authentication = provide(Authentication, scope=Scope.APP)

    @provide(scope=Scope.APP)
    def first_sight(self, container: AsyncContainer) -> FirstSight:
        async def provision(session: Session) -> User:
            async with container() as scope:
                return await (await scope.get(Provision))(session)

        return provision

    @provide
    async def session(
        self,
        request: Request,  # type: ignore[type-arg]
        authentication: Authentication,
    ) -> AnySession:
        return await authentication.session(request)

    @provide
    async def user(self, session: AnySession, identify: Identify) -> User:
        return await identify(session)

    @provide
    async def overview(self, session: AnySession, identify: Identify) -> Overview:
        return await identify.overview(session)


class System(Provider):
    scope = Scope.APP

    clock = provide(SystemClock, provides=Clock)
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
    transaction = provide(PostgresTransaction, provides=Transaction)
    callers = provide(PostgresCallers, provides=Callers, scope=Scope.APP)
    messages = provide(PostgresMessageLedger, provides=MessageLedger, scope=Scope.APP)
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

    @provide
    async def session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session


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


def build_container(settings: Settings, *overrides: Provider) -> AsyncContainer:
    return make_async_container(
        Rules(),
        UseCases(),
        Caller(),
        System(),
        Clerk(),
        Postgres(),
        *([Legacy()] if settings.legacy_auth_enabled else []),
        LitestarProvider(),
        *overrides,
        context={Settings: settings},
        validation_settings=STRICT_VALIDATION,
    )
