"""The ledger of AI messages in memory, by the rule the domain states."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sigmasight.domain.access.grants import Grant, GrantLedger
from sigmasight.domain.access.tiers import Tier, TierLimits
from sigmasight.domain.access.usage import (
    KEY_LIFETIME,
    MAX_RELEASES_PER_HOUR,
    RESERVATION_LIFETIME,
    AiLimitReachedError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    MessageCounter,
    MessageId,
    MessageLedger,
    ReservedMessage,
    UsagePeriod,
    UserUsage,
    period_start,
)
from sigmasight.domain.audit import AuditEntry
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import UserId
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.store import Entry, InMemoryStore

MOST: Final = MAX_RELEASES_PER_HOUR
HOUR: Final = timedelta(hours=1)


class InMemoryMessageLedger(MessageLedger):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def reserve(
        self,
        user: UserId,
        message: MessageId,
        at: datetime,
        limits: TierLimits,
        key: IdempotencyKey | None = None,
    ) -> ReservedMessage:
        known = self._store.users[user]
        if key and (repeated := self._repeated(known, key, at)):
            return repeated
        tier = known.subscription.at(at).tier
        limit = limits[tier].max_ai_messages
        allowed = known.messages.limit_at(at, limit)
        counter = known.messages.reserve(at, limit)
        if counter is None:
            assert allowed is not None
            used = known.messages.used_at(at)
            raise AiLimitReachedError(tier=tier, limit=allowed, used=used, now=at)
        self._count(known, counter)
        self._store.entries[message] = Entry(
            user, period_start(counter.reset_at), allowed, at + RESERVATION_LIFETIME
        )
        if key:
            self._store.keys[user, key.text] = key, message, at
        return ReservedMessage(id=message, used=counter.used, limit=allowed)

    def _repeated(self, user: User, key: IdempotencyKey, at: datetime) -> ReservedMessage | None:
        if (user.id, key.text) not in self._store.keys:
            return None
        first, message, taken_at = self._store.keys[user.id, key.text]
        if taken_at <= at - KEY_LIFETIME:
            del self._store.keys[user.id, key.text]
            return None
        if first != key:
            raise IdempotencyKeyReusedError
        limit = self._store.entries[message].limit
        return ReservedMessage(id=message, used=user.messages.used, limit=limit, repeated=True)

    async def charge(self, user: UserId, message: MessageId) -> bool:
        return self._settle(user, message) is not None

    async def release(self, user: UserId, message: MessageId, at: datetime) -> bool:
        entry, known = self._settle(user, message), self._store.users[user]
        if entry is None:
            return False
        self._store.keys = {who: key for who, key in self._store.keys.items() if key[1] != message}
        counter = known.messages.release(entry.period)
        if counter == known.messages or self._released_since(user, at - HOUR) >= MOST:
            return False
        self._count(known, counter)
        self._store.entries[message] = replace(entry, given_back_at=at)
        return True

    def _released_since(self, user: UserId, at: datetime) -> int:
        own = (each for each in self._store.entries.values() if each.user == user)
        return sum(each.given_back_at is not None and each.given_back_at > at for each in own)

    def _settle(self, user: UserId, message: MessageId) -> Entry | None:
        entry = self._store.entries.get(message)
        if entry is None or entry.user != user or not entry.is_open:
            return None
        self._store.entries[message] = settled = replace(entry, is_open=False)
        return settled

    async def release_expired(self, at: datetime) -> int:
        abandoned = [
            (entry.user, message)
            for message, entry in self._store.entries.items()
            if entry.is_open and entry.expires_at <= at
        ]
        return sum([await self.release(*each, at) for each in abandoned])

    def is_open(self, message: MessageId) -> bool:
        """Whether a message is reserved and not settled."""
        return message in self._store.entries and self._store.entries[message].is_open

    async def counter(self, user: UserId) -> MessageCounter:
        return self._store.users[user].messages

    async def history(self, user: UserId, since: datetime) -> Sequence[UsagePeriod]:
        own = [each for each in self._store.entries.values() if each.user == user]
        periods = sorted({each.period for each in own if each.period >= since}, reverse=True)
        return [_summed(period, own) for period in periods]

    async def near_limit(
        self, at: datetime, limits: TierLimits, share: float, most: int
    ) -> Sequence[UserUsage]:
        lines = [
            self._line(user, at, limits)
            for user in self._store.users.values()
            if user.deleted_at is None and user.messages.reset_at >= period_start(at)
        ]
        near = [line for line in lines if line.limit and line.used >= line.limit * share]
        near.sort(key=lambda line: (-line.used / (line.limit or 1), line.email))
        return near[:most]

    def _line(self, user: User, at: datetime, limits: TierLimits) -> UserUsage:
        tier: Tier = user.subscription.at(at).tier
        limit = user.messages.limit_at(at, limits[tier].max_ai_messages)
        return UserUsage(user.id, user.email, tier, user.messages.used_at(at), limit)

    def _count(self, user: User, counter: MessageCounter) -> None:
        self._store.users[user.id] = replace(user, messages=counter)


def _summed(period: datetime, entries: Sequence[Entry]) -> UsagePeriod:
    of_it = [entry for entry in entries if entry.period == period]
    limits = [entry.limit for entry in of_it]
    known = [limit for limit in limits if limit is not None]
    return UsagePeriod(
        period,
        sum(entry.given_back_at is None for entry in of_it),
        max(known) if len(known) == len(limits) else None,
    )


class InMemoryGrantLedger(GrantLedger):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, user: UserId, grant: Grant, entry: AuditEntry) -> MessageCounter | None:
        if (user, grant.id) in self._store.grants:
            return None
        known = self._store.users[user]
        counter = known.messages.grant(grant.count, grant.at)
        self._store.users[user] = replace(known, messages=counter)
        self._store.grants[user, grant.id] = grant, period_start(counter.reset_at)
        await InMemoryAuditTrail(self._store).add(entry)
        return counter

    async def revoke(self, user: UserId, grant: Grant, entry: AuditEntry) -> bool:
        granted, period = self._store.grants[user, grant.id]
        if granted.revoked:
            return False
        self._store.grants[user, grant.id] = replace(granted, revoked=True), period
        known = self._store.users[user]
        if period_start(known.messages.reset_at) == period:
            left = replace(known.messages, granted=known.messages.granted - granted.count)
            self._store.users[user] = replace(known, messages=left)
        await InMemoryAuditTrail(self._store).add(entry)
        return True

    async def list(self, user: UserId) -> Sequence[Grant]:
        own = [grant for (owner, _), (grant, _) in self._store.grants.items() if owner == user]
        return sorted(own, key=lambda grant: (-grant.at.timestamp(), grant.id))
