"""The adapters behind the ports."""

import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
from dishka import Provider, Scope, alias, decorate, from_context, provide, provide_all
from sqlalchemy.ext.asyncio import AsyncEngine

from sigmasight.adapters.clerk.billing import ClerkBilling
from sigmasight.adapters.clerk.client import ClerkClient
from sigmasight.adapters.clerk.events import ClerkEventReader
from sigmasight.adapters.clerk.key_set import ClerkCheck, ClerkKeySet, ClerkKeysMeter, PemKey
from sigmasight.adapters.clerk.session_tokens import (
    ClerkSessionTokens,
    TokenRules,
    VerificationKeys,
)
from sigmasight.adapters.clerk.sessions import ClerkSessions
from sigmasight.adapters.clerk.users import ClerkAccountDirectory, ClerkIdentityProvider
from sigmasight.adapters.language_model.offline.analyst import OfflineAnalyst
from sigmasight.adapters.password_login.passwords import PwdlibPasswords
from sigmasight.adapters.password_login.tokens import CompositeSessionTokens, HmacSessionTokens
from sigmasight.adapters.postgres.health import BillingCheck, DatabaseCheck, WebhooksCheck
from sigmasight.adapters.postgres.meters import (
    ConnectionsMeter,
    JobsMeter,
    PlansMeter,
    WebhooksMeter,
)
from sigmasight.adapters.postgres.password_login import (
    PostgresKnownNetworks,
    PostgresPasswordAccounts,
)
from sigmasight.adapters.svix import SvixSignatures
from sigmasight.adapters.system import SystemClock, ThreadAside
from sigmasight.adapters.telemetry import LoggedInviteAudit, LoggedWebhookMonitor
from sigmasight.domain.access.invites import InviteAudit
from sigmasight.domain.assistant.language_model import LanguageModel
from sigmasight.domain.billing import BillingRecords, Plans
from sigmasight.domain.clerk_events.events import EventReader
from sigmasight.domain.clerk_events.inbox import WebhookMonitor, WebhookSignatures
from sigmasight.domain.health import Health, Meters, Schema
from sigmasight.domain.identity.identity_provider import AccountDirectory, IdentityProvider
from sigmasight.domain.identity.password_login import (
    KnownNetworks,
    LogInWithPassword,
    PasswordAccounts,
    Passwords,
    PasswordSessionTokens,
    RegisterWithPassword,
)
from sigmasight.domain.identity.sessions import Sessions, SessionTokens
from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.analytics.stress import Scenarios
from sigmasight.domain.portfolios.csv_import.use_cases import BackgroundThread
from sigmasight.settings import Settings

CLERK_TIMEOUT = 5.0


class System(Provider):
    scope = Scope.APP

    clock = provide(SystemClock, provides=Clock)
    aside = provide(ThreadAside, provides=BackgroundThread)
    scenarios = from_context(Scenarios, scope=Scope.APP)
    invite_audit = provide(LoggedInviteAudit, provides=InviteAudit)
    webhook_monitor = provide(LoggedWebhookMonitor, provides=WebhookMonitor)

    @provide
    def health(
        self,
        schema: Schema,
        keys: VerificationKeys,
        pool: asyncpg.Pool,
        clock: Clock,
        plans: Plans,
    ) -> Health:
        return Health(
            [
                DatabaseCheck(schema),
                ClerkCheck(keys),
                WebhooksCheck(pool, clock),
                BillingCheck(pool, plans),
            ]
        )

    @provide
    def meters(
        self, keys: VerificationKeys, pool: asyncpg.Pool, engine: AsyncEngine, plans: Plans
    ) -> Meters:
        return Meters(
            [
                ClerkKeysMeter(keys),
                ConnectionsMeter(pool, engine),
                WebhooksMeter(pool),
                JobsMeter(pool),
                PlansMeter(BillingCheck(pool, plans)),
            ]
        )


class Clerk(Provider):
    scope = Scope.APP

    events = provide(ClerkEventReader, provides=EventReader)
    directory = provide(ClerkIdentityProvider, provides=IdentityProvider)
    register = provide(ClerkAccountDirectory, provides=AccountDirectory)
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
        return ClerkSessionTokens(keys, token_rules(settings), clock)

    @provide
    def backend(self, settings: Settings, client: httpx.AsyncClient, clock: Clock) -> ClerkClient:
        secret = settings.clerk_secret_key
        key = secret.get_secret_value() if secret else None
        return ClerkClient(client, settings.clerk_api_url, key, clock)

    @provide
    def signatures(self, settings: Settings, monitor: WebhookMonitor) -> WebhookSignatures:
        return SvixSignatures(
            [secret.get_secret_value() for secret in settings.clerk_webhook_secret], monitor
        )


def token_rules(settings: Settings) -> TokenRules:
    return TokenRules(
        settings.issuer,
        settings.clerk_audience,
        frozenset(settings.clerk_authorized_parties),
        settings.clerk_max_token_age,
    )


class Assistant(Provider):
    scope = Scope.APP

    @provide
    async def language_model(self, settings: Settings) -> AsyncIterator[LanguageModel]:
        if not (settings.openai_api_key or settings.openai_base_url):
            yield OfflineAnalyst()
            return
        # Imported only where it is needed: the SDK takes a second to import.
        from sigmasight.adapters.language_model.openai import Bounds, OpenAiLanguageModel  # noqa: PLC0415

        timeout = settings.openai_timeout_seconds
        secret = settings.openai_api_key
        async with OpenAiLanguageModel(
            key=secret.get_secret_value() if secret else None,
            base_url=settings.openai_base_url,
            model=settings.openai_model,
            bounds=Bounds(first_piece=timeout, between_pieces=timeout),
        ) as model:
            yield model


class PasswordLogin(Provider):
    """Login with email and password; only part of the container if LEGACY_AUTH_ENABLED is true."""

    scope = Scope.REQUEST

    use_cases = provide_all(LogInWithPassword, RegisterWithPassword)
    accounts = provide(PostgresPasswordAccounts, provides=PasswordAccounts)
    networks = provide(PostgresKnownNetworks, provides=KnownNetworks)
    signing = alias(HmacSessionTokens, provides=PasswordSessionTokens)

    @provide(scope=Scope.APP)
    def passwords(self) -> Passwords:
        return PwdlibPasswords()

    @provide(scope=Scope.APP)
    def tokens(self, settings: Settings, clock: Clock) -> HmacSessionTokens:
        if settings.secret_key is None:
            raise RuntimeError("A server with LEGACY_AUTH_ENABLED needs a SECRET_KEY.")
        secret = settings.secret_key.get_secret_value()
        return HmacSessionTokens(secret, settings.clerk_audience, clock)

    @decorate(scope=Scope.APP)
    def session_tokens(self, clerks: SessionTokens, ours: HmacSessionTokens) -> SessionTokens:
        return CompositeSessionTokens(clerks, ours)
