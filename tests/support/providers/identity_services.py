"""Identity use cases and webhooks, wired to one in-memory store."""

from collections.abc import Mapping
from itertools import count

from sigmasight.adapters.clerk.events import ClerkEventReader
from sigmasight.domain.audit import Audit
from sigmasight.domain.clerk_events.inbox import (
    Delivery,
    InboxEntry,
    WebhookSignatureInvalidError,
    WebhookSignatures,
)
from sigmasight.domain.clerk_events.payers import WaitingDeliveries
from sigmasight.domain.clerk_events.use_cases import ApplyFacts, ReceiveWebhook
from sigmasight.domain.identity.api_keys import RecentKeyUses
from sigmasight.domain.identity.links import LinkUser
from sigmasight.domain.identity.provisioning import IdentifyCaller, ProvisionUser, SyncUser
from sigmasight.domain.identity.sign_out import EndSession, MaxTokenAge
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.billing import PLANS
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN
from tests.support.fakes.api_keys import InMemoryApiKeys
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.billing import InMemoryItemPayers, InMemorySubscriptions
from tests.support.fakes.clerk_events import InMemoryInbox, RecordingMonitor
from tests.support.fakes.identity import (
    InMemoryCallers,
    InMemoryClerkAccounts,
    InMemoryEndedSessions,
    InMemoryUsers,
)
from tests.support.fakes.identity_provider import FakeIdentityProvider
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.store import InMemoryStore

MAX_TOKEN_AGE = MaxTokenAge(DAY)


class TrustingSignatures(WebhookSignatures):
    """Accepts the signature `right` and no other."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        if headers.get("svix-signature") != "right":
            raise WebhookSignatureInvalidError
        return Delivery(id=headers["svix-id"], attempted_at=NOON, body=body)


class IdentityServices:
    def __init__(
        self,
        *users: User,
        directory: FakeIdentityProvider | None = None,
        subscriptions: type[InMemorySubscriptions] = InMemorySubscriptions,
        transaction: type[ImmediateTransaction] = ImmediateTransaction,
    ) -> None:
        self.store = InMemoryStore(users={user.id: user for user in users})
        self.clock = FixedClock(NOON)
        self.directory = directory or FakeIdentityProvider(is_open=False)
        self.monitor = RecordingMonitor()
        self.transaction = transaction(self.store)
        self._ids = count(1)
        accounts = InMemoryClerkAccounts(self.store)
        items = subscriptions(self.store)
        self.audit = Audit(InMemoryAuditTrail(self.store), self.clock)
        sync_user = SyncUser(
            InMemoryUsers(self.store),
            accounts,
            items,
            PLANS,
            InMemoryApiKeys(self.store),
            self.audit,
            self.clock,
        )
        self.provision = ProvisionUser(
            accounts, sync_user, self.directory, self.clock, self.transaction
        )
        self.link = LinkUser(sync_user.users, accounts, self.directory, sync_user, self.transaction)
        self.key_uses = RecentKeyUses()
        self.identify = IdentifyCaller(
            InMemoryCallers(self.store), self.provision, self.clock, self.key_uses
        )
        self.reader = ClerkEventReader()
        self.inbox = InMemoryInbox(self.store)
        self.waiting = WaitingDeliveries(InMemoryItemPayers(self.store), self.inbox, self.reader)
        self.learn = ApplyFacts(
            accounts,
            items,
            self.waiting,
            EndSession(InMemoryEndedSessions(self.store), MAX_TOKEN_AGE, self.clock),
            sync_user,
        )
        self.receive = ReceiveWebhook(
            TrustingSignatures(),
            self.reader,
            self.inbox,
            self.learn,
            self.monitor,
            PLANS,
            self.clock,
            self.transaction,
        )

    async def deliver(self, *events: bytes, svix_id: str | None = None) -> InboxEntry:
        """Deliver events, each under an id of its own, and return what became of the last."""
        for event in events:
            headers = {
                "svix-id": svix_id or f"msg_{next(self._ids)}",
                "svix-signature": "right",
            }
            receipt = await self.receive(headers, event)
        return receipt

    def row(self, account: ClerkUserId = ANN) -> User:
        """Return the one row of an account that has one."""
        [row] = [user for user in self.store.users.values() if user.clerk_user_id == account]
        return row

    def has_row(self, account: ClerkUserId = ANN) -> bool:
        return self.store.user_of(account) is not None
