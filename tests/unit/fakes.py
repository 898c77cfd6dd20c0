"""In-memory stand-ins for the ports, kept as honest as the adapters by tests/contracts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sigmasight.domain.access.invites import InviteAttempts, InviteAudit
from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.access.usage import IdempotencyKey, MessageId
from sigmasight.domain.assistant import memories
from sigmasight.domain.assistant.conversations import Conversation, ConversationId
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.insights import Insight
from sigmasight.domain.assistant.memories import MemoryId
from sigmasight.domain.billing import SubscriptionItem, Subscriptions
from sigmasight.domain.clerk_events.deliveries import Inbox, Outcome, Receipt, WebhookMonitor
from sigmasight.domain.fixes.fix import Fix, FixId
from sigmasight.domain.identity.directory import Directory
from sigmasight.domain.identity.legacy import (
    LegacyAccount,
    LegacyAccounts,
    LoginAttempts,
    Passwords,
    Verdict,
)
from sigmasight.domain.identity.sessions import (
    FreshToken,
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    SessionEndedError,
    Sessions,
)
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    Callers,
    ClerkAccount,
    ClerkAccounts,
    Overview,
    Profile,
    User,
    Users,
)
from sigmasight.domain.jobs import Job, JobId
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, UserId
from sigmasight.domain.portfolios.equity_changes.change import EquityChange, EquityChangeId
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.portfolio import Holdings, Portfolio, PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions import Position, PositionId
from sigmasight.domain.portfolios.runs import CalculationRun
from sigmasight.domain.portfolios.snapshots import RunId, Snapshot
from sigmasight.domain.portfolios.tags.tag import Tag, TagId
from sigmasight.domain.portfolios.targets.target import TargetPrice, TargetPriceId
from sigmasight.domain.research.fundamentals import Report

T = TypeVar("T")


class FixedClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass(frozen=True)
class Entry:
    """A message that was taken."""

    user: UserId
    period: datetime
    limit: int | None
    expires_at: datetime
    is_open: bool = True
    given_back: bool = False


@dataclass
class Memory:
    """What the database would hold. Entities never change, so copying the mappings is enough."""

    users: dict[UserId, User] = field(default_factory=dict)
    accounts: dict[ClerkUserId, ClerkAccount] = field(default_factory=dict)
    items: dict[tuple[ClerkUserId, str], SubscriptionItem] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    failures: dict[UserId, tuple[datetime, ...]] = field(default_factory=dict)
    portfolios: dict[tuple[UserId, PortfolioId], Portfolio] = field(default_factory=dict)
    positions: dict[tuple[UserId, PositionId], Position] = field(default_factory=dict)
    tags: dict[tuple[UserId, TagId], Tag] = field(default_factory=dict)
    borne: dict[tuple[UserId, PositionId], frozenset[TagId]] = field(default_factory=dict)
    targets: dict[tuple[UserId, TargetPriceId], TargetPrice] = field(default_factory=dict)
    equity: dict[tuple[UserId, EquityChangeId], EquityChange] = field(default_factory=dict)
    reports: dict[tuple[str, str, str, date], Report] = field(default_factory=dict)
    prices: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    staged: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    runs: dict[tuple[UserId, RunId], CalculationRun] = field(default_factory=dict)
    fixes: dict[FixId, Fix] = field(default_factory=dict)
    jobs: dict[tuple[bool, JobId], Job] = field(default_factory=dict)
    snapshots: dict[tuple[UserId, PortfolioId, RunId], Snapshot] = field(default_factory=dict)
    passwords: dict[UserId, str] = field(default_factory=dict)
    logins: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    entries: dict[MessageId, Entry] = field(default_factory=dict)
    keys: dict[tuple[UserId, str], tuple[IdempotencyKey, MessageId, datetime]] = field(
        default_factory=dict
    )
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    exchanges: dict[MessageId, Exchange] = field(default_factory=dict)
    facts: dict[MemoryId, memories.Memory] = field(default_factory=dict)
    insights: dict[MessageId, Insight] = field(default_factory=dict)

    def copy(self) -> "Memory":
        return Memory(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})

    def restore(self, before: "Memory") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(before, each.name))

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
            self.priced(position).market_value
            for position in self.positions.values()
            if position.portfolio_id == portfolio.id and position.is_open
        ]
        return replace(portfolio, holdings=Holdings(len(worth), total(worth)))

    def priced(self, position: Position) -> Position:
        """Return a position with the newest price of its symbol."""
        days = [day for symbol, day in self.prices if symbol == position.symbol]
        last = self.prices[position.symbol, max(days)] if days else None
        return replace(position, last_price=last)


class ImmediateTransaction(Transaction):
    """Counts what was kept and what was lost; losing restores the memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.commits = 0
        self.rollbacks = 0
        self.is_open = False

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        before = self._memory.copy()
        self.is_open = True
        try:
            result = await work()
        except BaseException:
            self._memory.restore(before)
            self.rollbacks += 1
            raise
        finally:
            self.is_open = False
        self.commits += 1
        return result


class RacingTransaction(ImmediateTransaction):
    """Loses one race the database has to settle, so that every work is done twice."""

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        before = self._memory.copy()
        await work()
        self._memory.restore(before)
        self.rollbacks += 1
        return await super().run(work)


class InMemoryUsers(Users):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def of(self, account: ClerkUserId) -> User | None:
        return self._memory.user_of(account)

    async def lock(self, user: UserId) -> User | None:
        return self._memory.users.get(user)

    async def holder_of(self, email: str) -> User | None:
        holders = [
            user
            for user in self._memory.users.values()
            if user.deleted_at is None and user.email.lower() == email.lower()
        ]
        return holders[0] if holders else None

    async def put(self, user: User) -> None:
        holder = None if user.deleted_at else await self.holder_of(user.email)
        if holder is not None and holder.id != user.id:
            raise ValueError(f"Two users would have the address {user.email}.")
        known = self._memory.users.get(user.id)
        if known is not None:
            user = replace(
                user,
                created_at=known.created_at,
                invite_validated=known.invite_validated,
                messages=known.messages,
            )
        self._memory.users[user.id] = user


class InMemoryClerkAccounts(ClerkAccounts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock(self, account: ClerkUserId) -> ClerkAccount:
        return self._memory.accounts.setdefault(account, ClerkAccount(id=account))

    async def put(self, account: ClerkAccount) -> None:
        self._memory.accounts[account.id] = account

    async def awaiting(self, email: str) -> Sequence[ClerkUserId]:
        waiting = [
            (account.address.known_at, account.id)
            for account in self._memory.accounts.values()
            if account.address is not None
            and account.address.email.lower() == email.lower()
            and account.deleted_at is None
            and not self._has(account.id, email)
        ]
        return [account for _, account in sorted(waiting)]

    def _has(self, account: ClerkUserId, email: str) -> bool:
        user = self._memory.user_of(account)
        return user is not None and user.email.lower() == email.lower()


class InMemorySubscriptions(Subscriptions):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        keys = sorted(key for key in self._memory.items if key[0] == account)
        return [self._memory.items[key] for key in keys]

    async def put(self, account: ClerkUserId, item: SubscriptionItem) -> None:
        self._memory.items[account, item.id] = item


class InMemoryInbox(Inbox):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, receipt: Receipt) -> bool:
        kept = self._memory.receipts.setdefault(receipt.delivery.id, receipt)
        return kept is receipt

    async def lock(self, svix_id: str) -> Receipt | None:
        return self._memory.receipts.get(svix_id)

    async def settle(self, receipt: Receipt) -> None:
        self._memory.receipts[receipt.delivery.id] = receipt

    async def latest(self, outcome: Outcome | None, limit: int) -> Sequence[Receipt]:
        found = [
            receipt for receipt in self._in_order() if outcome is None or receipt.outcome is outcome
        ]
        newest_first = sorted(found, key=lambda receipt: receipt.received_at, reverse=True)
        return newest_first[:limit]

    async def failed(self) -> Sequence[str]:
        return [
            receipt.delivery.id for receipt in self._in_order() if receipt.outcome is Outcome.FAILED
        ]

    async def prune(self, before: datetime) -> int:
        old = [
            receipt.delivery.id
            for receipt in self._memory.receipts.values()
            if receipt.received_at < before and receipt.outcome is not Outcome.FAILED
        ]
        for svix_id in old:
            del self._memory.receipts[svix_id]
        return len(old)

    def _in_order(self) -> Sequence[Receipt]:
        return sorted(
            self._memory.receipts.values(),
            key=lambda receipt: (receipt.received_at, receipt.delivery.id),
        )


class InMemoryInviteAttempts(InviteAttempts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock(self, user: UserId) -> bool:
        return self._memory.users[user].invite_validated

    async def failures_since(self, user: UserId, since: datetime) -> Sequence[datetime]:
        return [at for at in self._memory.failures.get(user, ()) if at > since]

    async def fail(self, user: UserId, at: datetime, *, forget_before: datetime) -> None:
        failures = (*self._memory.failures.get(user, ()), at)
        kept = sorted(failure for failure in failures if failure >= forget_before)
        self._memory.failures[user] = tuple(kept)

    async def validate(self, user: UserId) -> None:
        known = self._memory.users[user]
        self._memory.users[user] = replace(known, invite_validated=True)


class InMemoryPortfolios(Portfolios):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock_owner(self, user: UserId) -> Subscription:
        return self._memory.users[user].subscription

    async def count(self, user: UserId) -> int:
        return len(self._memory.portfolios_of(user))

    async def for_account(self, user: UserId, account_name: str) -> PortfolioId | None:
        named = [
            portfolio.id
            for portfolio in self._memory.portfolios_of(user)
            if portfolio.terms.account_name == account_name
        ]
        return named[0] if named else None

    async def find(self, user: UserId, portfolio: PortfolioId) -> Portfolio | None:
        known = (each for each in self._memory.portfolios_of(user) if each.id == portfolio)
        return next(known, None)

    async def list(self, user: UserId, *, include_inactive: bool) -> Sequence[Portfolio]:
        return [
            portfolio
            for portfolio in self._memory.portfolios_of(user)
            if include_inactive or portfolio.terms.is_active
        ]

    async def put(self, portfolio: Portfolio) -> None:
        self._memory.portfolios[portfolio.user_id, portfolio.id] = portfolio


class InMemoryCallers(Callers):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, who: ClerkUserId | UserId) -> User | None:
        return self._memory.users.get(who) if isinstance(who, UUID) else self._memory.user_of(who)

    async def overview(self, who: ClerkUserId | UserId) -> Overview | None:
        user = await self.find(who)
        if user is None:
            return None
        owned = self._memory.portfolios_of(user.id)
        active = [portfolio.id for portfolio in owned if portfolio.terms.is_active]
        return Overview(user, len(owned), active[0] if active else None)


class InMemoryLegacyAccounts(LegacyAccounts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def of(self, email: str) -> LegacyAccount | None:
        for user in self._memory.users.values():
            if user.deleted_at is None and user.email.lower() == email.lower():
                return LegacyAccount(
                    id=user.id,
                    hashed_password=self._memory.passwords.get(user.id),
                    clerk_user_id=user.clerk_user_id,
                    is_active=user.is_active,
                )
        return None

    async def add(self, user: User, hashed_password: str) -> None:
        await InMemoryUsers(self._memory).put(user)
        self._memory.passwords[user.id] = hashed_password

    async def rehash(self, user: UserId, known: str, better: str) -> None:
        if self._memory.passwords.get(user) == known:
            self._memory.passwords[user] = better


class InMemoryLoginAttempts(LoginAttempts):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def take(self, email: str, at: datetime, *, since: datetime, most: int) -> bool:
        recent = self._since(email, since)
        if len(recent) >= most:
            return False
        self._memory.logins[email.lower()] = (*recent, at)
        return True

    async def first(self, email: str, *, since: datetime) -> datetime | None:
        return min(self._since(email, since), default=None)

    async def clear(self, email: str) -> None:
        self._memory.logins.pop(email.lower(), None)

    async def forget(self, before: datetime) -> None:
        kept = {key: at for key, at in self._memory.logins.items() if max(at) > before}
        self._memory.logins = kept

    def _since(self, email: str, since: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self._memory.logins.get(email.lower(), ()) if at > since)


class FakePasswords(Passwords):
    """Hides nothing, and remembers what was compared with what.

    `new:secret` is what it keeps of a password now, `old:secret` what it kept once.
    """

    def __init__(self) -> None:
        self.verified: list[tuple[str, str | None]] = []
        self.hashed: list[str] = []

    async def hash(self, password: str) -> str:
        self.hashed.append(password)
        return f"new:{password}"

    async def verify(self, password: str, hashed: str | None) -> Verdict:
        self.verified.append((password, hashed))
        if hashed == f"old:{password}":
            return Verdict(right=True, replacement=await self.hash(password))
        return Verdict(right=hashed == f"new:{password}")


class FakeDirectory(Directory):
    """Knows the profiles it is given and no others; closed, it answers nobody."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.profiles: dict[ClerkUserId, Profile] = {}
        self.is_open = is_open
        self.is_down = False
        self.asked_for: list[ClerkUserId] = []

    async def profile(self, account: ClerkUserId) -> Profile | None:
        self.asked_for.append(account)
        if not self.is_open:
            return None
        if self.is_down:
            raise IdentityProviderUnavailableError
        if account not in self.profiles:
            raise AccountInactiveError
        return self.profiles[account]


class FakeSessions(Sessions):
    """Knows the sessions that began and have not been revoked; closed or down, it refuses."""

    def __init__(self, *began: str, is_open: bool = True) -> None:
        self.active = set(began)
        self.revoked: set[str] = set()
        self.is_open = is_open
        self.is_down = False
        self._tokens = 0

    async def revoke(self, session_id: str) -> None:
        self._require_answer()
        if session_id in self.active:
            self.active.remove(session_id)
            self.revoked.add(session_id)

    async def token(self, session_id: str) -> FreshToken:
        self._require_answer()
        if session_id not in self.active:
            raise SessionEndedError
        self._tokens += 1
        return FreshToken(f"token {self._tokens} of {session_id}", expires_in=60)

    def _require_answer(self) -> None:
        if not self.is_open:
            raise IdentityProviderClosedError
        if self.is_down:
            raise IdentityProviderUnavailableError


class RecordingAudit(InviteAudit):
    def __init__(self) -> None:
        self.refusals: list[tuple[UserId, str, str]] = []

    def refused(self, user: UserId, *, client: str, code_prefix: str) -> None:
        self.refusals.append((user, client, code_prefix))


class RecordingMonitor(WebhookMonitor):
    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.secrets: list[int] = []

    def signed(self, secret: int) -> None:
        self.secrets.append(secret)

    def delivered(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
