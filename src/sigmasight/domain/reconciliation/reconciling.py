"""Every difference between Clerk's accounts and ours."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.billing import BillingRecords, Plans, SubscriptionItem
from sigmasight.domain.clerk_events.events import Knowledge, Learn
from sigmasight.domain.identity.directory import Directory, Entry, Register
from sigmasight.domain.identity.operating import People
from sigmasight.domain.identity.provisioning import REFUSALS, Unsettled
from sigmasight.domain.identity.users import AccountInactiveError, Profile, User
from sigmasight.domain.kernel import ClerkUserId, Clock, ConflictError, Transaction, atomic
from sigmasight.domain.reconciliation.repair import Items, Repair, completed

PAGE: Final = 100
TRIES: Final = 3
SUSPICIOUS: Final = 20
"""So many of our users, and Clerk knows none of them: its key is another instance's."""


class AnotherInstanceError(ConflictError):
    code = "another_instance"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Clerk knows none of the first {count} users. Is CLERK_SECRET_KEY that of another"
            " instance? Nothing was changed."
        )


class DriftKind(StrEnum):
    """How one of our users differs from what Clerk has."""

    MISSING = "missing user"
    TIER = "wrong tier"
    DELETED = "deleted in Clerk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference; the subscriptions are ours and the one Clerk's items come to."""

    kind: DriftKind
    account: ClerkUserId
    email: str | None
    ours: Subscription | None = None
    clerks: Subscription | None = None
    problem: str | None = None
    """Why it could not be repaired."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a part of the way has shown; to go on from here, name the cursor."""

    checked: int
    drifts: Sequence[Drift]
    cursor: str


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Go through Clerk's accounts and through ours, and tell every difference; or mend them."""

    register: Register
    directory: Directory
    records: BillingRecords
    people: People
    learn: Learn
    repair: Repair
    plans: Plans
    clock: Clock
    transaction: Transaction

    async def __call__(self, *, dry_run: bool, after: str | None = None) -> AsyncIterator[Progress]:
        """Yield a part at a time; `after` is a cursor of an earlier run.

        Raise AnotherInstanceError where Clerk knows none of our users, and what keeps Clerk or
        the database from answering.
        """
        phase, _, last = (after or "ours:").partition(":")
        if phase == "ours":
            async for progress in self._gone(dry_run=dry_run, after=ClerkUserId(last)):
                yield progress
            last = ""
        bills = await self._bills()
        async for page in self.register.pages(ClerkUserId(last) if last else None):
            drifts = await self._page(page, bills, dry_run=dry_run)
            yield Progress(len(page), drifts, f"clerks:{page[-1].account}")

    async def one(self, account: ClerkUserId, *, dry_run: bool) -> Sequence[Drift]:
        """Tell how one account differs, or mend it."""
        try:
            profile = await self.directory.profile(account)
        except AccountInactiveError:
            user = (await self._users([account])).get(account)
            gone = [user] if user and user.deleted_at is None else []
            return [await self._leave(each, dry_run=dry_run) for each in gone]
        entry = Entry(account, profile or Profile())
        drift = await self._settled(entry, await self._users([account]), dry_run=dry_run)
        return [drift] if drift else []

    async def _gone(self, *, dry_run: bool, after: ClerkUserId) -> AsyncIterator[Progress]:
        """Go through our users, for those Clerk does not know."""
        last, first = after, True
        while page := await self._linked(last):
            accounts = [user.clerk_user_id for user in page if user.clerk_user_id]
            known = await self.register.known_of(accounts)
            if first and not known and len(page) >= SUSPICIOUS:
                raise AnotherInstanceError(len(page))
            gone = [user for user in page if user.clerk_user_id not in known]
            drifts = [await self._leave(user, dry_run=dry_run) for user in gone]
            last, first = accounts[-1], False
            yield Progress(0, drifts, f"ours:{last}")

    async def _page(
        self, page: Sequence[Entry], bills: Mapping[ClerkUserId, Items], *, dry_run: bool
    ) -> Sequence[Drift]:
        users = await self._users([entry.account for entry in page])
        suspects = [
            entry
            for entry in page
            if self._differs(users.get(entry.account), bills.get(entry.account, ()))
        ]
        drifts = [await self._settled(entry, users, dry_run=dry_run) for entry in suspects]
        return [drift for drift in drifts if drift]

    def _differs(self, user: User | None, items: Items) -> bool:
        if user is None:
            return True
        now = self.clock.now()
        expected = self.plans.subscription(items).at(now)
        return user.deleted_at is None and user.subscription.at(now) != expected

    async def _settled(
        self, entry: Entry, users: Mapping[ClerkUserId, User], *, dry_run: bool
    ) -> Drift | None:
        """Ask Clerk about one account alone, and mend what differs unless it is a dry run."""
        for _ in range(TRIES):
            known = await self.repair.known(entry.account)
            truth = completed(await self.records.of(entry.account), known)
            user = users.get(entry.account)
            if not self._differs(user, truth):
                return None
            drift = self._drift(entry, user, truth)
            if dry_run:
                return drift
            mended = await self.repair(entry.account, entry.profile, truth, known)
            if isinstance(mended, Unsettled):
                return replace(drift, problem=str(REFUSALS[mended]()))
            if mended:
                return drift
            users = await self._users([entry.account])
        return replace(drift, problem="Webhooks kept changing it meanwhile: run it again.")

    def _drift(self, entry: Entry, user: User | None, truth: Items) -> Drift:
        address = entry.profile.address
        return Drift(
            kind=DriftKind.TIER if user else DriftKind.MISSING,
            account=entry.account,
            email=user.email if user else address.email if address else None,
            ours=user.subscription.at(self.clock.now()) if user else None,
            clerks=self.plans.subscription(truth).at(self.clock.now()),
        )

    @atomic
    async def _leave(self, user: User, *, dry_run: bool) -> Drift:
        account = ClerkUserId(user.clerk_user_id or "")
        if not dry_run:
            await self.learn(Knowledge(account=account, deleted_at=self.clock.now()))
        return Drift(kind=DriftKind.DELETED, account=account, email=user.email)

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
