"""Migration of password users to Clerk accounts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.identity_provider import (
    AccountDirectory,
    NewAccount,
    ProviderAccount,
)
from sigmasight.domain.identity.links import LinkRefusedError, LinkUser
from sigmasight.domain.identity.sessions import IdentityProviderClosedError
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import (
    ClerkUserId,
    DatabaseUnavailableError,
    DomainError,
    Transaction,
    UnavailableError,
    UserId,
    atomic,
)

PAGE: Final = 100
MAX_CONSECUTIVE_FAILURES: Final = 3
"""Consecutive users for whom Clerk did not answer, before the run stops."""

UNPROVED: Final = "Nobody has proved to own this address. If you know who it is: users link."


class MigrationStep(StrEnum):
    """The step taken for a user."""

    CREATE = "create"
    LINK = "link"
    SKIPPED = "skipped"
    """The address was never proved: an account with it would be a stranger's."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AccountMigration:
    """A user, the step taken, and why it failed."""

    user: User
    step: MigrationStep
    account: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class MigrateToClerk:
    """Create or find a Clerk account for every user without one, and link it.

    Safe to run again: an account created by an interrupted run names our user, and is found.
    """

    register: AccountDirectory
    people: UserDirectory
    link: LinkUser
    transaction: Transaction

    async def __call__(self, *, dry_run: bool) -> AsyncIterator[AccountMigration]:
        """Yield each user's result; raise the error if Clerk or the database does not answer."""
        after, unanswered = None, 0
        while page := await self._page(after):
            for user in page:
                try:
                    yield await self._migrate(user, dry_run=dry_run)
                    unanswered = 0
                except (DatabaseUnavailableError, IdentityProviderClosedError):
                    raise
                except DomainError as error:
                    unanswered = unanswered + 1 if isinstance(error, UnavailableError) else 0
                    if unanswered == MAX_CONSECUTIVE_FAILURES:
                        raise
                    yield AccountMigration(user, MigrationStep.FAILED, problem=str(error))
            after = page[-1].id

    async def _migrate(self, user: User, *, dry_run: bool) -> AccountMigration:
        if not user.address_proved:
            return AccountMigration(user, MigrationStep.SKIPPED, problem=UNPROVED)
        entry = _of(user, await self.register.with_email(user.email))
        step = MigrationStep.CREATE if entry is None else MigrationStep.LINK
        if dry_run:
            if entry:
                await self._require_free(entry.account)
            return AccountMigration(user, step, entry.account if entry else None)
        entry = entry or await self.register.create_account(await self._newcomer(user))
        await self.link.link(user.id, entry.account, entry.profile)
        return AccountMigration(user, step, entry.account)

    @atomic
    async def _page(self, after: UserId | None) -> Sequence[User]:
        return await self.people.page(after, PAGE, unlinked=True)

    @atomic
    async def _require_free(self, account: ClerkUserId) -> None:
        """Raise LinkRefusedError for what linking would refuse."""
        if holder := (await self.people.with_accounts([account])).get(account):
            raise LinkRefusedError(f"{account} belongs to user {holder.id} already.")

    @atomic
    async def _newcomer(self, user: User) -> NewAccount:
        return NewAccount(
            id=user.id,
            email=user.email,
            full_name=user.full_name,
            hashed_password=await self.people.hashed_password(user.id),
        )


def _of(user: User, entries: Sequence[ProviderAccount]) -> ProviderAccount | None:
    """Return the user's account; raise LinkRefusedError if that is uncertain."""
    for entry in entries:
        if entry.external_id == str(user.id):
            return entry
    for entry in entries:
        address = entry.profile.address
        if address and address.verified and address.email.lower() == user.email.lower():
            return entry
    if entries:
        raise LinkRefusedError(
            f"This is not the verified primary address of the account {entries[0].account}."
        )
    return None
