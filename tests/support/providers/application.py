"""The real HTTP application on in-memory fakes."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import httpx
from litestar import Litestar

from sigmasight.adapters.clerk.session_tokens import VerificationKeys
from sigmasight.domain.access.invites import InviteAudit
from sigmasight.domain.assistant.language_model import LanguageModel
from sigmasight.domain.clerk_events.inbox import WebhookMonitor
from sigmasight.domain.health import Health, Meters, Schema
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.password_login import Passwords
from sigmasight.domain.identity.sessions import Sessions
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction
from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.settings import Settings
from tests.support.builders import signing
from tests.support.builders.instants import NOON
from tests.support.builders.session_tokens import PARTY, a_token
from tests.support.builders.users import ANN
from tests.support.fakes.access import RecordingAudit
from tests.support.fakes.clerk_events import RecordingMonitor
from tests.support.fakes.failures import FragileCallers, FragileTransaction
from tests.support.fakes.health import FakeCheck, FakeSchema
from tests.support.fakes.identity_provider import FakeIdentityProvider
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.language_model import FakeLanguageModel
from tests.support.fakes.password_login import FakePasswords
from tests.support.fakes.sessions import FakeSessions
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.verification_keys import InMemoryKeys
from tests.support.providers.in_memory import InMemoryProvider

OPERATOR: Final = ClerkUserId("user_operator")
PUBLISHABLE_KEY: Final = "pk_test_Y2xlcmsuY2xlcmsuZGV2JA"
SUFFIXED_COOKIE: Final = "__session_QvfNY2dr"
SESSION: Final = "sess_ann"
"""The session of every token, by default."""
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


class InMemoryApplication:
    """An application, and the fakes behind it."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings.load(_env_file=None, **{**DEFAULTS, **settings})
        self.store = InMemoryStore()
        self.clock = FixedClock(NOON)
        self.directory = FakeIdentityProvider(is_open=False)
        self.sessions = FakeSessions(SESSION)
        self.audit = RecordingAudit()
        self.monitor = RecordingMonitor()
        self.schema = FakeSchema()
        self.check = FakeCheck()
        self.keys = InMemoryKeys(signing.KEY)
        self.transaction = FragileTransaction(self.store)
        self.callers = FragileCallers(self.store)
        self.passwords = FakePasswords()
        self.model = FakeLanguageModel()
        self.container = build_http_container(
            self.settings,
            InMemoryProvider(
                self.store,
                self._instances(),
                password_login=self.settings.legacy_auth_enabled,
            ),
        )
        self.app: Litestar = create_app(self.container, self.settings)

    def _instances(self) -> Mapping[Any, object]:
        """Return the fakes that tests configure or inspect, by port."""
        passwords = {Passwords: self.passwords} if self.settings.legacy_auth_enabled else {}
        return {
            Callers: self.callers,
            Clock: self.clock,
            IdentityProvider: self.directory,
            Health: Health([self.check]),
            Meters: Meters([]),
            InviteAudit: self.audit,
            LanguageModel: self.model,
            Schema: self.schema,
            Sessions: self.sessions,
            Transaction: self.transaction,
            VerificationKeys: self.keys,
            WebhookMonitor: self.monitor,
            **passwords,
        }

    def with_users(self, *users: User) -> "InMemoryApplication":
        """Reset everything to these users and nothing else."""
        self.store.restore(InMemoryStore(users={user.id: user for user in users}))
        self.clock.set(NOON)
        self.sessions.reset(SESSION)
        self.audit.refusals.clear()
        self.monitor.receipts.clear()
        self.passwords.verified.clear()
        self.model.reset()
        self.schema.is_current = self.check.ok = True
        self.schema.asked = 0
        self.fail_with(None)
        return self

    def fail_with(self, failure: Exception | None, *, callers: bool = False) -> None:
        """Make transactions fail from now on, or reading the caller."""
        self.transaction.failure = None if callers else failure
        self.callers.failure = failure if callers else None

    async def answers(self) -> OpenStreams:
        """Return the streams that are open."""
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
        """Send a request with the bearer token of a user, or without one."""
        sent = dict(headers or {})
        if by is not None:
            sent.setdefault("Authorization", f"Bearer {self.token(by)}")
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            return await client.request(method, f"/api/v1{path}", headers=sent, **body)

    def token(self, account: ClerkUserId) -> str:
        return _token(account, int(self.clock.now().timestamp()))


@cache  # a signature takes longer than most requests
def _token(account: ClerkUserId, now: int) -> str:
    return a_token(sub=account, email=f"{account}@example.com", iat=now, nbf=now - 10, exp=now + 60)
