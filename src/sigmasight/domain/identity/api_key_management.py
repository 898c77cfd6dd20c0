"""Creating, listing and revoking API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.identity.administration import UserNotFoundError
from sigmasight.domain.identity.api_keys import (
    MAX_KEYS,
    ApiKey,
    ApiKeyId,
    ApiKeyLimitReachedError,
    ApiKeyNotFoundError,
    ApiKeys,
    KeyScope,
    RecentKeyUses,
    SessionRequiredError,
    new_key_text,
    read_key_text,
)
from sigmasight.domain.identity.users import Users
from sigmasight.domain.kernel import (
    Clock,
    DatabaseUnavailableError,
    Transaction,
    UserId,
    atomic,
    new_id,
)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just created, with its text, which nothing can show again."""

    key: ApiKey
    text: str


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """Create a key; the lock on its user makes their limit exact."""

    keys: ApiKeys
    users: Users
    audit: Audit
    clock: Clock
    transaction: Transaction

    async def __call__(
        self,
        name: str,
        scope: KeyScope,
        *,
        by: UserId,
        lifetime: timedelta | None = None,
        impersonator: str | None = None,
    ) -> NewApiKey:
        """Raise ApiKeyLimitReachedError, or SessionRequiredError for who only acts as the user."""
        if impersonator:
            raise SessionRequiredError
        text, now = new_key_text(by), self.clock.now()
        reference = read_key_text(text)
        key = ApiKey(
            id=ApiKeyId(new_id()),
            user_id=by,
            name=name,
            scope=scope,
            prefix=reference.prefix,
            digest=reference.digest,
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        )
        await self._add(key)
        return NewApiKey(key, text)

    @atomic
    async def _add(self, key: ApiKey) -> None:
        if await self.users.lock(key.user_id) is None:
            raise UserNotFoundError(key.user_id)
        if len(await self.keys.list(key.user_id)) >= MAX_KEYS:
            raise ApiKeyLimitReachedError
        await self.keys.add(key)
        details = {"key": str(key.id), "name": key.name, "scope": key.scope.value}
        await self.audit(AuditAction.API_KEY_CREATED, key.user_id, **details, prefix=key.prefix)


@dataclass(frozen=True, slots=True)
class ManageApiKeys:
    """List and revoke a user's keys."""

    keys: ApiKeys
    audit: Audit
    transaction: Transaction

    @atomic
    async def list(self, user: UserId) -> Sequence[ApiKey]:
        """Return the keys, newest first."""
        return await self.keys.list(user)

    @atomic
    async def revoke(self, user: UserId, key: ApiKeyId) -> ApiKey:
        """Revoke a key from the next request on; raise ApiKeyNotFoundError."""
        removed = await self.keys.remove(user, key)
        if removed is None:
            raise ApiKeyNotFoundError
        await self.audit(
            AuditAction.API_KEY_REVOKED,
            user,
            key=str(removed.id),
            name=removed.name,
            prefix=removed.prefix,
        )
        return removed


@dataclass(frozen=True, slots=True)
class StoreKeyUses:
    """Store when keys were last used, apart from the requests that used them."""

    keys: ApiKeys
    recent: RecentKeyUses
    transaction: Transaction

    async def __call__(self) -> None:
        """Raise DatabaseUnavailableError, and store them the next time."""
        if uses := self.recent.take():
            try:
                await self.transaction.run(lambda: self.keys.put_uses(uses))
            except DatabaseUnavailableError:
                self.recent.restore(uses)
                raise
