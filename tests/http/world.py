"""The real application on fakes: everything over HTTP, nothing below it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import httpx
from dishka import Provider, Scope, provide
from litestar import Litestar

from sigmasight.adapters.clerk.key_set import VerificationKeys
from sigmasight.domain.access.invites import InviteAttempts, InviteAudit
from sigmasight.domain.access.usage import MessageLedger
from sigmasight.domain.assistant.chat import PortfolioContexts
from sigmasight.domain.assistant.conversations import Conversations
from sigmasight.domain.assistant.exchanges import Exchanges
from sigmasight.domain.assistant.insights import Insights
from sigmasight.domain.assistant.language_model import LanguageModel
from sigmasight.domain.assistant.memories import Memories
from sigmasight.domain.billing import Subscriptions
from sigmasight.domain.clerk_events.inbox import Inbox, WebhookMonitor
from sigmasight.domain.health import Check, CheckResult, Health, MigrationsPendingError, Schema
from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.password_login import LoginAttempts, PasswordAccounts, Passwords
from sigmasight.domain.identity.sessions import Sessions
from sigmasight.domain.identity.users import (
    Callers,
    ClerkAccounts,
    Overview,
    User,
    Users,
)
from sigmasight.domain.jobs import JobQueue, Jobs
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, UserId
from sigmasight.domain.maintenance.model import AllPortfolios, MaintenanceRuns
from sigmasight.domain.portfolios.calculations.runs import CalculationRuns
from sigmasight.domain.portfolios.calculations.snapshots import Snapshots
from sigmasight.domain.portfolios.equity_changes.model import EquityChanges
from sigmasight.domain.portfolios.portfolio import Portfolios
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tags
from sigmasight.domain.portfolios.target_prices.model import TargetPrices
from sigmasight.domain.research.fundamentals import Fundamentals
from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.settings import Settings
from tests import signing
from tests.unit.clerk.tokens import PARTY, InMemoryKeys, a_token
from tests.unit.examples import ANN, NOON
from tests.unit.fakes import FixedClock, ImmediateTransaction, Memory
from tests.unit.fakes_of_access import InMemoryInviteAttempts, RecordingAudit
from tests.unit.fakes_of_assistant import FakeLanguageModel
from tests.unit.fakes_of_calculations import (
    InMemoryCalculationRuns,
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.unit.fakes_of_clerk_events import InMemoryInbox, InMemorySubscriptions, RecordingMonitor
from tests.unit.fakes_of_conversations import (
    InMemoryConversations,
    InMemoryExchanges,
    InMemoryMemories,
    InMemoryPortfolioContexts,
)
from tests.unit.fakes_of_equity import InMemoryEquityChanges
from tests.unit.fakes_of_fixes import InMemoryAllPortfolios, InMemoryMaintenanceRuns
from tests.unit.fakes_of_identity import (
    FakeIdentityProvider,
    FakePasswords,
    FakeSessions,
    InMemoryCallers,
    InMemoryClerkAccounts,
    InMemoryLoginAttempts,
    InMemoryPasswordAccounts,
    InMemoryUsers,
)
from tests.unit.fakes_of_insights import InMemoryInsights
from tests.unit.fakes_of_portfolios import (
    InMemoryPortfolios,
    InMemoryPositions,
    InMemoryPrices,
    InMemoryTargetPrices,
)
from tests.unit.fakes_of_research import InMemoryFundamentals
from tests.unit.fakes_of_tags import InMemoryPositionTags, InMemoryTags
from tests.unit.fakes_of_usage import InMemoryMessageLedger

T = TypeVar("T")

OPERATOR: Final = ClerkUserId("user_operator")
PUBLISHABLE_KEY: Final = "pk_test_Y2xlcmsuY2xlcmsuZGV2JA"
SUFFIXED_COOKIE: Final = "__session_QvfNY2dr"
SESSION: Final = "sess_ann"
"""The session of all tokens here that do not say otherwise."""
CODE: Final = "welcome-2026"
PASSWORD: Final = "correct horse"  # noqa: S105
"""Ann's, where she signs in without Clerk."""
DEFAULTS: Final[dict[str, Any]] = {
    "clerk_domain": signing.ISSUER.removeprefix("https://"),
    "clerk_authorized_parties": [PARTY],
    "next_public_clerk_publishable_key": PUBLISHABLE_KEY,
    "clerk_webhook_secret": [signing.SECRET],
    "beta_invite_code": [CODE],
    "admin_clerk_user_ids": [OPERATOR],
}


class FragileTransaction(ImmediateTransaction):
    """Fails as long as it is told to."""

    failure: Exception | None = None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        if self.failure:
            raise self.failure
        return await super().run(work)


class FragileCallers(InMemoryCallers):
    """Fails as long as it is told to."""

    failure: Exception | None = None

    async def find(self, who: ClerkUserId | UserId) -> User | None:
        if self.failure:
            raise self.failure
        return await super().find(who)

    async def overview(self, who: ClerkUserId | UserId) -> Overview | None:
        if self.failure:
            raise self.failure
        return await super().overview(who)


class FakeSchema(Schema):
    is_current = True
    asked = 0

    async def require_current(self) -> None:
        self.asked += 1
        if not self.is_current:
            raise MigrationsPendingError


class FakeCheck(Check):
    name = "database"
    ok = True

    async def run(self) -> CheckResult:
        return CheckResult(ok=self.ok, facts={"figure": 7})


class World:
    """An application and all that stands behind it."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings.load(_env_file=None, **{**DEFAULTS, **settings})
        self.memory = Memory()
        self.clock = FixedClock(NOON)
        self.directory = FakeIdentityProvider(is_open=False)
        self.sessions = FakeSessions(SESSION)
        self.audit = RecordingAudit()
        self.monitor = RecordingMonitor()
        self.schema = FakeSchema()
        self.check = FakeCheck()
        self.keys = InMemoryKeys(signing.KEY)
        self.transaction = FragileTransaction(self.memory)
        self.callers = FragileCallers(self.memory)
        self.passwords = FakePasswords()
        self.model = FakeLanguageModel()
        fakes = [Fakes(self), *([LegacyFakes(self)] if self.settings.legacy_auth_enabled else [])]
        self.container = build_http_container(self.settings, *fakes)
        self.app: Litestar = create_app(self.container, self.settings)

    def with_users(self, *users: User) -> "World":
        """Begin anew with these people and nothing else."""
        self.memory.restore(Memory(users={user.id: user for user in users}))
        self.clock.set(NOON)
        self.sessions = FakeSessions(SESSION)
        self.audit.refusals.clear()
        self.monitor.receipts.clear()
        self.passwords.verified.clear()
        self.model.reset()
        self.schema.is_current = self.check.ok = True
        self.schema.asked = 0
        self.fail_with(None)
        return self

    def fail_with(self, failure: Exception | None, *, callers: bool = False) -> None:
        """Have transactions fail from now on, or the question who calls."""
        self.transaction.failure = None if callers else failure
        self.callers.failure = failure if callers else None

    async def answers(self) -> OpenStreams:
        """Return the answers being given."""
        return await self.container.get(OpenStreams)

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        by: ClerkUserId | None = ANN,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        **body: Any,
    ) -> httpx.Response:
        """Send a request with the bearer token of somebody, or of nobody."""
        sent = dict(headers or {})
        if by is not None:
            sent.setdefault("Authorization", f"Bearer {self.token(by)}")
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            return await client.request(method, f"/api/v1{path}", headers=sent, **body)

    def token(self, account: ClerkUserId) -> str:
        now = int(self.clock.now().timestamp())
        return a_token(
            sub=account, email=f"{account}@example.com", iat=now, nbf=now - 10, exp=now + 60
        )


class Fakes(Provider):
    """The fakes in place of whatever needs Postgres, Clerk or the machine's clock."""

    scope = Scope.APP

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    @provide(override=True)
    def clock(self) -> Clock:
        return self._world.clock

    @provide(override=True)
    def audit(self) -> InviteAudit:
        return self._world.audit

    @provide(override=True)
    def monitor(self) -> WebhookMonitor:
        return self._world.monitor

    @provide(override=True)
    def health(self) -> Health:
        return Health([self._world.check])

    @provide(override=True)
    def schema(self) -> Schema:
        return self._world.schema

    @provide(override=True)
    def keys(self) -> VerificationKeys:
        return self._world.keys

    @provide(override=True)
    def directory(self) -> IdentityProvider:
        return self._world.directory

    @provide(override=True, scope=Scope.REQUEST)
    def sessions(self) -> Sessions:
        return self._world.sessions

    @provide(override=True)
    def callers(self) -> Callers:
        return self._world.callers

    @provide(override=True)
    def transaction(self) -> Transaction:
        return self._world.transaction

    @provide(override=True)
    def users(self) -> Users:
        return InMemoryUsers(self._world.memory)

    @provide(override=True)
    def accounts(self) -> ClerkAccounts:
        return InMemoryClerkAccounts(self._world.memory)

    @provide(override=True)
    def subscriptions(self) -> Subscriptions:
        return InMemorySubscriptions(self._world.memory)

    @provide(override=True)
    def messages(self) -> MessageLedger:
        return InMemoryMessageLedger(self._world.memory)

    @provide(override=True)
    def inbox(self) -> Inbox:
        return InMemoryInbox(self._world.memory)

    @provide(override=True)
    def attempts(self) -> InviteAttempts:
        return InMemoryInviteAttempts(self._world.memory)

    @provide(override=True)
    def portfolios(self) -> Portfolios:
        return InMemoryPortfolios(self._world.memory)

    @provide(override=True)
    def model(self) -> LanguageModel:
        return self._world.model

    @provide(override=True)
    def conversations(self) -> Conversations:
        return InMemoryConversations(self._world.memory)

    @provide(override=True)
    def exchanges(self) -> Exchanges:
        return InMemoryExchanges(self._world.memory)

    @provide(override=True)
    def memories(self) -> Memories:
        return InMemoryMemories(self._world.memory)

    @provide(override=True)
    def insights(self) -> Insights:
        return InMemoryInsights(self._world.memory)

    @provide(override=True)
    def books(self) -> PortfolioContexts:
        return InMemoryPortfolioContexts(self._world.memory)

    @provide(override=True)
    def positions(self) -> Positions:
        return InMemoryPositions(self._world.memory)

    @provide(override=True)
    def prices(self) -> Prices:
        return InMemoryPrices(self._world.memory)

    @provide(override=True)
    def tags(self) -> Tags:
        return InMemoryTags(self._world.memory)

    @provide(override=True)
    def position_tags(self) -> PositionTags:
        return InMemoryPositionTags(self._world.memory)

    @provide(override=True)
    def target_prices(self) -> TargetPrices:
        return InMemoryTargetPrices(self._world.memory)

    @provide(override=True)
    def equity_changes(self) -> EquityChanges:
        return InMemoryEquityChanges(self._world.memory)

    @provide(override=True)
    def fundamentals(self) -> Fundamentals:
        return InMemoryFundamentals(self._world.memory)

    @provide(override=True)
    def runs(self) -> CalculationRuns:
        return InMemoryCalculationRuns(self._world.memory)

    @provide(override=True)
    def snapshots(self) -> Snapshots:
        return InMemorySnapshots(self._world.memory)

    @provide(override=True)
    def fixes(self) -> MaintenanceRuns:
        return InMemoryMaintenanceRuns(self._world.memory)

    @provide(override=True)
    def all_portfolios(self) -> AllPortfolios:
        return InMemoryAllPortfolios(self._world.memory)

    @provide(override=True)
    def queue(self) -> JobQueue:
        return InMemoryQueue(self._world.memory)

    @provide(override=True)
    def jobs(self) -> Jobs:
        return InMemoryQueue(self._world.memory)


class LegacyFakes(Provider):
    """The same for what is there only while people may sign in with a password."""

    scope = Scope.APP

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    @provide(override=True)
    def passwords(self) -> Passwords:
        return self._world.passwords

    @provide(override=True)
    def accounts(self) -> PasswordAccounts:
        return InMemoryPasswordAccounts(self._world.memory)

    @provide(override=True)
    def attempts(self) -> LoginAttempts:
        return InMemoryLoginAttempts(self._world.memory)
