"""Linking users to Clerk accounts, and undoing it, by an operator."""

import re
from dataclasses import dataclass, replace
from typing import Final

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.identity.administration import UserNotFoundError
from sigmasight.domain.identity.api_keys import ApiKeys
from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.provisioning import SyncFailure, SyncUser
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    ClerkAccounts,
    EmailConflictError,
    Profile,
    User,
    Users,
)
from sigmasight.domain.kernel import ClerkUserId, ConflictError, Transaction, UserId, atomic

ACCOUNT_ID: Final = re.compile(r"user_[!-~]{1,250}")
"""The form of an account id: without a secret key, nothing else checks it."""


class LinkRefusedError(ConflictError):
    """The user or the account is deleted, unknown, or linked to another one."""

    code = "link_refused"


@dataclass(frozen=True, slots=True)
class LinkUser:
    """Link a user to an account by an operator, regardless of addresses."""

    users: Users
    accounts: ClerkAccounts
    directory: IdentityProvider
    sync_user: SyncUser
    transaction: Transaction

    async def __call__(self, user: UserId, account: ClerkUserId) -> User:
        """Raise UserNotFoundError, or LinkRefusedError."""
        if not ACCOUNT_ID.fullmatch(account):
            raise LinkRefusedError(f"{account} is not an account id: these begin with user_.")
        try:
            profile = await self.directory.profile(account)
        except AccountInactiveError as error:
            raise LinkRefusedError(f"The identity provider has no account {account}.") from error
        return await self.link(user, account, profile)

    @atomic
    async def link(self, user: UserId, account: ClerkUserId, profile: Profile | None) -> User:
        """Link an account that is known to exist, with the profile just read."""
        known = await self.accounts.lock(account)
        holder = await self.users.with_account(account)
        found = await self.users.lock(user)
        if found is None:
            raise UserNotFoundError(user)
        if holder and holder.id != user:
            raise LinkRefusedError(f"{account} belongs to user {holder.id} already.")
        if found.clerk_user_id not in {None, account}:
            raise LinkRefusedError(f"The user is linked to {found.clerk_user_id} already.")
        if found.deleted_at or known.deleted_at:
            raise LinkRefusedError("The user or the account is deleted.")
        linked = replace(found, clerk_user_id=account, address_proved=True)
        await self.sync_user.put(found, linked)
        if profile:
            known = known.with_profile(profile)
            await self.accounts.put(known)
        settled = await self.sync_user(known)
        return linked if isinstance(settled, SyncFailure) else settled


@dataclass(frozen=True, slots=True)
class UnlinkUser:
    """Undo a link: the user keeps their data, and the account gets a user of its own.

    Their address was the account's, so they get another one; what Clerk says of the account
    (its plan, a ban) is no longer theirs.
    """

    users: Users
    keys: ApiKeys
    audit: Audit
    transaction: Transaction

    @atomic
    async def __call__(self, user: UserId, *, email: str | None = None) -> User:
        """Raise UserNotFoundError, LinkRefusedError without a link, or EmailConflictError."""
        found = await self.users.lock(user)
        if found is None:
            raise UserNotFoundError(user)
        account = found.clerk_user_id
        if account is None or found.deleted_at:
            raise LinkRefusedError("The user is deleted, or has no Clerk account.")
        email = email or f"{found.id}@unlinked.invalid"
        holder = await self.users.with_email(email)
        if holder and holder.id != found.id:
            raise EmailConflictError
        unlinked = replace(
            found, clerk_user_id=None, email=email, subscription=Subscription(), bar=None
        )
        await self.users.put(unlinked)
        await self.keys.remove_all(user)
        await self.audit(AuditAction.USER_UNLINKED, user, account=account, email=found.email)
        return unlinked
