"""Provisioning: the user row of a Clerk account."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.billing import Plans, SubscriptionItem, Subscriptions
from sigmasight.domain.identity.api_keys import (
    ApiKey,
    ApiKeyInvalidError,
    ApiKeys,
    RecentKeyUses,
)
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.sessions import (
    AnySession,
    ApiKeySession,
    PasswordSession,
    Session,
)
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    Address,
    ClerkAccount,
    ClerkAccounts,
    EmailClaimMissingError,
    EmailConflictError,
    Overview,
    Profile,
    User,
    Users,
    new_user,
)
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, atomic


class SyncFailure(Enum):
    """Why an account has no user."""

    NO_EMAIL = auto()
    EMAIL_TAKEN = auto()


REFUSALS: Final = {
    SyncFailure.NO_EMAIL: EmailClaimMissingError,
    SyncFailure.EMAIL_TAKEN: EmailConflictError,
}


@dataclass(frozen=True, slots=True)
class SyncUser:
    """Synchronizes a user with what is known of the Clerk account.

    The outcome depends on the facts, never on the order of their arrival.
    The caller holds the account's lock.
    """

    users: Users
    accounts: ClerkAccounts
    subscriptions: Subscriptions
    plans: Plans
    keys: ApiKeys
    audit: Audit
    clock: Clock

    async def __call__(
        self,
        account: ClerkAccount,
        claimed: Address | None = None,
        items: Sequence[SubscriptionItem] | None = None,
    ) -> User | SyncFailure:
        """Return the account's user as now stored; `claimed` fills in for a missing email address.

        `items` are the account's subscription items, if the caller has just read them.
        """
        known = await self.users.with_account(account.id)
        found = known or await self._first_sight(account, account.address)
        if claimed and isinstance(found, SyncFailure):
            found = await self._first_sight(account, claimed)
        if isinstance(found, SyncFailure):
            return found
        if items is None:
            items = await self.subscriptions.items(account.id)
        user = await self._follow(account, found, items)
        if user != known:
            await self.put(known, user)
        if found.deleted_at is None and (user.deleted_at or user.email != found.email):
            await self._hand_on(found.email)
        return user

    async def _first_sight(
        self, account: ClerkAccount, address: Address | None
    ) -> User | SyncFailure:
        if address is None:
            return SyncFailure.NO_EMAIL
        holder = await self.users.with_email(address.email)
        if holder is None or (account.deleted_at and holder.clerk_user_id):
            return new_user(address.email, self.clock.now(), account=account.id)
        if holder.clerk_user_id or not address.verified:
            return SyncFailure.EMAIL_TAKEN
        if holder.address_proved:
            return replace(holder, clerk_user_id=account.id)
        await self._close(holder)
        return new_user(address.email, self.clock.now(), account=account.id)

    async def _close(self, planted: User) -> None:
        """Close a user whose address was never proved, now that its owner has come."""
        await self.users.put(replace(planted, is_active=False, deleted_at=self.clock.now()))
        await self.keys.remove_all(planted.id)
        await self.audit(AuditAction.USER_CLOSED, planted.id, email=planted.email)

    async def put(self, known: User | None, user: User) -> None:
        """Store a user, and record what became of them; keys die with the account."""
        await self.users.put(user)
        if user.deleted_at or (known and known.clerk_user_id != user.clerk_user_id):
            await self.keys.remove_all(user.id)
        for action, details in changes_of(known, user):
            await self.audit(action, user.id, **details)

    async def _follow(
        self, account: ClerkAccount, user: User, items: Sequence[SubscriptionItem]
    ) -> User:
        # A deleted account blocks no address.
        if account.address and (account.deleted_at or await self._free_for(user, account.address)):
            user = replace(user, email=account.address.email)
        if account.name:
            user = replace(user, full_name=account.name.text)
        if account.standing:
            user = replace(user, bar=account.standing.bar)
        if items:
            user = replace(user, subscription=self.plans.subscription(items))
        if account.deleted_at:
            user = replace(user, is_active=False, deleted_at=account.deleted_at)
        return user

    async def _free_for(self, user: User, address: Address) -> bool:
        if address.email == user.email:
            return True
        holder = await self.users.with_email(address.email)
        if holder and not (holder.clerk_user_id or holder.address_proved) and address.verified:
            await self._close(holder)
            return True
        return holder is None or holder.id == user.id or await self._exchange(user, holder)

    async def _exchange(self, user: User, holder: User | None) -> bool:
        """Resolve a ring of accounts that wait for one another's addresses.

        Otherwise an exchange whose middle step came late would never complete. False
        if they do not form a ring.
        """
        ring: list[User] = []
        while holder and holder.clerk_user_id and holder.id not in {moved.id for moved in ring}:
            wish = (await self.accounts.lock(holder.clerk_user_id)).address
            if wish is None or wish.email.lower() == holder.email.lower():
                return False
            ring.append(replace(holder, email=wish.email))
            if wish.email.lower() == user.email.lower():
                parked = replace(user, email=f"{user.id}@moving.invalid")
                for moved in (parked, *reversed(ring)):  # each frees the address of the next
                    await self.users.put(moved)
                return True
            holder = await self.users.with_email(wish.email)
        return False

    async def _hand_on(self, email: str) -> None:
        """Give an address that has become free to the account that waits for it."""
        for waiting in await self.accounts.waiting_for_email(email):
            await self(await self.accounts.lock(waiting))


def changes_of(known: User | None, user: User) -> Iterator[tuple[AuditAction, dict[str, Any]]]:
    """Yield what the audit trail records of a change."""
    before = known.subscription if known else Subscription()
    if user.subscription != before:
        after = user.subscription
        until = after.expires_at and after.expires_at.isoformat()
        details = {"from": before.tier.value, "to": after.tier.value, "until": until}
        yield AuditAction.TIER_CHANGED, details
    if known and known.clerk_user_id != user.clerk_user_id:
        yield AuditAction.USER_LINKED, {"account": user.clerk_user_id}
    if user.bar != (known.bar if known else None):
        if user.bar:
            yield AuditAction.USER_BARRED, {"reason": user.bar.kind.value}
        else:
            yield AuditAction.USER_ADMITTED, {}
    if user.deleted_at and not (known and known.deleted_at):
        yield AuditAction.USER_DELETED, {"account": user.clerk_user_id}


@dataclass(frozen=True, slots=True)
class ProvisionUser:
    """Create or find the user of an account seen for the first time."""

    accounts: ClerkAccounts
    sync_user: SyncUser
    directory: IdentityProvider
    clock: Clock
    transaction: Transaction

    async def __call__(self, session: Session) -> User:
        """Raise AccountInactiveError, EmailClaimMissingError or EmailConflictError."""
        claimed = None
        if session.email:
            claimed = Address(self.clock.now(), session.email, session.email_verified)
        outcome = await self._settle(session.clerk_user_id, claimed=claimed)
        if isinstance(outcome, SyncFailure) and (
            profile := await self.directory.profile(session.clerk_user_id)
        ):
            outcome = await self._settle(session.clerk_user_id, profile=profile)
        if isinstance(outcome, SyncFailure):
            raise REFUSALS[outcome]
        return outcome

    @atomic
    async def _settle(
        self,
        clerk_user_id: ClerkUserId,
        *,
        claimed: Address | None = None,
        profile: Profile | None = None,
    ) -> User | SyncFailure:
        account = await self.accounts.lock(clerk_user_id)
        if account.deleted_at:
            raise AccountInactiveError
        if profile:
            account = account.with_profile(profile)
            await self.accounts.put(account)
        return await self.sync_user(account, claimed)


Provisioner = Callable[[Session], Awaitable[User]]
"""Provisions, fetching its dependencies only then: almost no request needs it."""


@dataclass(frozen=True, slots=True)
class IdentifyCaller:
    """Find the user of a session, provisioning them on first sight."""

    callers: Callers
    provision: Provisioner
    clock: Clock
    key_uses: RecentKeyUses

    async def __call__(self, session: AnySession) -> User:
        if isinstance(session, ApiKeySession):
            holder = await self.callers.with_key(session.key)
            if holder is None:
                raise ApiKeyInvalidError
            self._require(session, *holder)
            return holder[0]
        if isinstance(session, PasswordSession):
            known = await self.callers.find(session.user_id, session.session_id)
            if known is None:
                raise AccountInactiveError
            return known.require_password(self.clock.now())
        user = await self.callers.find(session.clerk_user_id, session.session_id)
        return (user or await self.provision(session)).require_active(self.clock.now())

    async def overview(self, session: AnySession) -> Overview:
        """Find the user together with their portfolios' overview."""
        if isinstance(session, ApiKeySession):
            holder = await self.callers.overview_with_key(session.key)
            if holder is None:
                raise ApiKeyInvalidError
            self._require(session, holder[0].user, holder[1])
            return holder[0]
        if isinstance(session, PasswordSession):
            known = await self.callers.overview(session.user_id, session.session_id)
            if known is None:
                raise AccountInactiveError
            known.user.require_password(self.clock.now())
            return known
        overview = await self.callers.overview(session.clerk_user_id, session.session_id)
        if overview is None:
            user = await self.provision(session)
            overview = await self.callers.overview(session.clerk_user_id) or Overview(user)
        overview.user.require_active(self.clock.now())
        return overview

    def _require(self, session: ApiKeySession, user: User, key: ApiKey) -> None:
        """Raise AccountInactiveError, ApiKeyExpiredError or ApiKeyReadOnlyError."""
        now = self.clock.now()
        key.require_valid(now)
        user.require_active(now)
        self.key_uses.record(key, now)
        key.require(session.needs)
