"""Comparing what is stored with what Clerk reports, and repairing the difference."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.billing import (
    BillingRecords,
    ItemStatus,
    Plans,
    SubscriptionItem,
    Subscriptions,
)
from sigmasight.domain.clerk_events.events import AccountFacts
from sigmasight.domain.clerk_events.payers import WaitingDeliveries
from sigmasight.domain.clerk_events.use_cases import ApplyFacts
from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.identity_provider import (
    AccountDirectory,
    IdentityProvider,
    ProviderAccount,
)
from sigmasight.domain.identity.provisioning import REFUSALS, SyncFailure, SyncUser
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    Bar,
    BarKind,
    ClerkAccounts,
    Profile,
    User,
    Users,
)
from sigmasight.domain.kernel import ClerkUserId, Clock, ConflictError, Transaction, atomic
from sigmasight.domain.reconciliation.drifts import Drift, DriftKind, Progress

Items = Sequence[SubscriptionItem]


@dataclass(frozen=True, slots=True)
class Repair:
    """Brings one account in line with Clerk's answer about it.

    What was stored when Clerk was asked is older than its answer, whatever the timestamps. So the
    answer replaces it, unless a webhook has arrived since: then Clerk is asked again.
    """

    users: Users
    accounts: ClerkAccounts
    subscriptions: Subscriptions
    waiting: WaitingDeliveries
    sync_user: SyncUser
    plans: Plans
    transaction: Transaction

    @atomic
    async def known(self, account: ClerkUserId) -> Items:
        return await self.subscriptions.items(account)

    @atomic
    async def __call__(
        self, account: ClerkUserId, profile: Profile, truth: Items, known: Items
    ) -> User | SyncFailure | None:
        """Return the user as now stored; None if more has become known meanwhile."""
        before = await self.accounts.lock(account)
        if await self.subscriptions.items(account) != known:
            return None
        ours = {item.id: item for item in known}
        waited = await self.waiting.claim(account, [item for item in truth if item.id not in ours])
        for item in (*truth, *_withdrawn(truth, known)):
            state = item.superseding(ours.get(item.id))
            for waiting in waited:
                state = state.merged_with(waiting) if waiting.id == item.id else state
            if state != ours.get(item.id):
                await self.subscriptions.put(account, state)
        learnt = before.with_profile(profile)
        await self.accounts.put(learnt)
        user = await self.sync_user(learnt)
        expected = self.plans.subscription(truth)
        if isinstance(user, User) and user.subscription != expected:
            corrected = replace(user, subscription=expected)
            await self.sync_user.put(user, corrected)
            return corrected
        return user


def _withdrawn(truth: Items, known: Items) -> Items:
    """Return as ended the items that Clerk no longer lists."""
    listed = {item.id for item in truth}
    return [
        replace(item, status=ItemStatus.ENDED, failures=frozenset(), settled_at=None)
        for item in known
        if item.id not in listed and item.status is not ItemStatus.ENDED
    ]


def completed(truth: Items, known: Items) -> Items:
    """Add to overdue items the first failed payment, where only we know it."""
    ours = {item.id: item for item in known}
    return [
        item.merged_with(ours.get(item.id))
        if item.status is ItemStatus.PAST_DUE and not item.failures
        else item
        for item in truth
    ]


PAGE: Final = 100
TRIES: Final = 3
SUSPICIOUS: Final = 20
"""Clerk has none of our users: the secret key belongs to another instance."""


class AnotherInstanceError(ConflictError):
    code = "another_instance"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The identity provider has none of the first {count} users. Nothing was changed."
        )


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Compare Clerk's accounts with our users, and report or repair every difference."""

    register: AccountDirectory
    directory: IdentityProvider
    records: BillingRecords
    people: UserDirectory
    learn: ApplyFacts
    repair: Repair
    plans: Plans
    clock: Clock
    transaction: Transaction

    async def __call__(self, *, dry_run: bool, after: str | None = None) -> AsyncIterator[Progress]:
        """Yield a page at a time; `after` is a cursor of an earlier run.

        Raise AnotherInstanceError if Clerk has none of our users, or the error if Clerk or
        the database does not answer.
        """
        phase, _, last = (after or "ours:").partition(":")
        if phase == "ours":
            async for progress in self._gone(dry_run=dry_run, after=ClerkUserId(last)):
                yield progress
            last = ""
        bills = await self._bills()
        async for page in self.register.pages(ClerkUserId(last) if last else None):
            payers = await self._payers(page)
            drifts = await self._page(page, bills, dry_run=dry_run)
            unlisted = [
                plan for entry in page for plan in self.plans.unlisted(bills.get(entry.account, ()))
            ]
            yield Progress(len(page), drifts, f"clerks:{page[-1].account}", payers, unlisted)

    async def one(self, account: ClerkUserId, *, dry_run: bool) -> Sequence[Drift]:
        """Report how one account differs, or repair it."""
        try:
            profile = await self.directory.profile(account)
        except AccountInactiveError:
            user = (await self._users([account])).get(account)
            gone = [user] if user and user.deleted_at is None else []
            return [await self._leave(each, dry_run=dry_run) for each in gone]
        entry = ProviderAccount(account, profile or Profile())
        drift = await self._settled(entry, await self._users([account]), dry_run=dry_run)
        return [drift] if drift else []

    async def unlisted(self, account: ClerkUserId) -> Sequence[str]:
        """Return the plans that one account pays for and that give no paid tier."""
        return self.plans.unlisted(await self.records.items_of(account))

    async def _gone(self, *, dry_run: bool, after: ClerkUserId) -> AsyncIterator[Progress]:
        """Iterate over our users, for those missing at Clerk."""
        last, first = after, True
        while page := await self._linked(last):
            accounts = [user.clerk_user_id for user in page if user.clerk_user_id]
            known = await self.register.existing(accounts)
            if first and not known and len(page) >= SUSPICIOUS:
                raise AnotherInstanceError(len(page))
            gone = [user for user in page if user.clerk_user_id not in known]
            drifts = [await self._leave(user, dry_run=dry_run) for user in gone]
            last, first = accounts[-1], False
            yield Progress(0, drifts, f"ours:{last}")

    async def _page(
        self, page: Sequence[ProviderAccount], bills: Mapping[ClerkUserId, Items], *, dry_run: bool
    ) -> Sequence[Drift]:
        users = await self._users([entry.account for entry in page])
        suspects = [
            entry
            for entry in page
            if self._differs(entry, users.get(entry.account), bills.get(entry.account, ()))
        ]
        drifts = [await self._settled(entry, users, dry_run=dry_run) for entry in suspects]
        return [drift for drift in drifts if drift]

    def _differs(self, entry: ProviderAccount, user: User | None, items: Items) -> bool:
        if user is None:
            return True
        return user.deleted_at is None and (
            self._has_another_tier(user, items) or self._has_another_bar(entry, user)
        )

    def _has_another_tier(self, user: User, items: Items) -> bool:
        now = self.clock.now()
        return user.subscription.at(now) != self.plans.subscription(items).at(now)

    def _has_another_bar(self, entry: ProviderAccount, user: User) -> bool:
        standing = entry.profile.standing
        return standing is not None and self._bar(standing.bar) != self._bar(user.bar)

    def _bar(self, bar: Bar | None) -> BarKind | None:
        return bar.kind if bar and bar.applies_at(self.clock.now()) else None

    async def _settled(
        self, entry: ProviderAccount, users: Mapping[ClerkUserId, User], *, dry_run: bool
    ) -> Drift | None:
        """Ask Clerk about one account, and repair the difference unless it is a dry run."""
        for _ in range(TRIES):
            known = await self.repair.known(entry.account)
            truth = completed(await self.records.items_of(entry.account), known)
            user = users.get(entry.account)
            if not self._differs(entry, user, truth):
                return None
            drift = self._drift(entry, user, truth)
            if dry_run:
                return drift
            mended = await self.repair(entry.account, entry.profile, truth, known)
            if isinstance(mended, SyncFailure):
                return replace(drift, problem=str(REFUSALS[mended]()))
            if mended:
                return drift
            users = await self._users([entry.account])
        return replace(
            drift, problem="It was changing during the comparison. Run the command again."
        )

    def _drift(self, entry: ProviderAccount, user: User | None, truth: Items) -> Drift:
        address = entry.profile.address
        return Drift(
            kind=self._kind(user, truth),
            account=entry.account,
            email=user.email if user else address.email if address else None,
            ours=user.subscription.at(self.clock.now()) if user else None,
            clerks=self.plans.subscription(truth).at(self.clock.now()),
            items=[f"{each.plan or 'no plan'} ({each.status})" for each in truth],
        )

    def _kind(self, user: User | None, truth: Items) -> DriftKind:
        if user is None:
            return DriftKind.MISSING
        return DriftKind.TIER if self._has_another_tier(user, truth) else DriftKind.BAR

    @atomic
    async def _leave(self, user: User, *, dry_run: bool) -> Drift:
        account = ClerkUserId(user.clerk_user_id or "")
        if not dry_run:
            facts = AccountFacts(account=account, deleted_at=self.clock.now())
            await self.learn(account, facts)
        return Drift(kind=DriftKind.DELETED, account=account, email=user.email)

    async def _payers(self, page: Sequence[ProviderAccount]) -> int:
        now = self.clock.now()
        users = await self._users([entry.account for entry in page])
        return sum(each.subscription.at(now).tier is Tier.PAID for each in users.values())

    async def _bills(self) -> Mapping[ClerkUserId, Items]:
        bills: dict[ClerkUserId, list[SubscriptionItem]] = {}
        async for page in self.records.pages():
            for account, items in page.items():
                bills.setdefault(account, []).extend(items)
        return bills

    @atomic
    async def _linked(self, after: ClerkUserId) -> Sequence[User]:
        return await self.people.linked(after, PAGE)

    @atomic
    async def _users(self, accounts: Sequence[ClerkUserId]) -> Mapping[ClerkUserId, User]:
        return await self.people.with_accounts(accounts)
