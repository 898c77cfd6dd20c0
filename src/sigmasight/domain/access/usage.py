"""AI messages: counted per user and calendar month, in UTC."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.access.tiers import Tier, TierLimits
from sigmasight.domain.kernel import Clock, ConflictError, QuotaError, UserId, count_noun

MessageId = NewType("MessageId", UUID)

KEY_LIFETIME: Final = timedelta(hours=24)
RESERVATION_LIFETIME: Final = timedelta(minutes=5)
"""How long a message may stay reserved: longer than any reply can last."""
MAX_RELEASES_PER_HOUR: Final = 20
"""Of one user; further failures are charged, so that none is a way to ask without end."""
MAX_GRANT: Final = 1_000_000


class AiLimitReachedError(QuotaError):
    code = "ai_limit_reached"

    def __init__(self, *, tier: Tier, limit: int, used: int, now: datetime) -> None:
        included = count_noun(limit, "AI message")
        super().__init__(f"The {tier} tier includes {included} a month, and none is left.")
        self.limit = limit
        self.used = used
        self.at = now
        self._tier = tier
        self._resets_at = next_period_start(now)
        self.retry_after = (self._resets_at - now).total_seconds()

    @property
    def details(self) -> Mapping[str, Any]:
        return {
            "limit": self.limit,
            "used": self.used,
            "tier": self._tier,
            "resets_at": self._resets_at,
        }


class IdempotencyKeyReusedError(ConflictError):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used with another request within the last 24 hours."
        )


def period_start(at: datetime) -> datetime:
    """Return the first instant of that instant's calendar month, in UTC."""
    at = _in_utc(at)
    return datetime(at.year, at.month, 1, tzinfo=UTC)


def next_period_start(at: datetime) -> datetime:
    """Return the first instant of the calendar month after that instant's, in UTC."""
    at = _in_utc(at)
    return datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)


def _in_utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class MessageCounter:
    """Messages used and granted, and when the counter was last reset."""

    used: int
    reset_at: datetime
    granted: int = 0
    """Messages that an operator granted on top of the tier's limit, for this period."""

    def at(self, now: datetime) -> "MessageCounter":
        """Return the counter at that instant: zero once a new month has begun.

        A clock that steps back resets nothing.
        """
        return MessageCounter(0, now) if self.reset_at < period_start(now) else self

    def used_at(self, now: datetime) -> int:
        """Return the messages used at that instant."""
        return self.at(now).used

    def limit_at(self, now: datetime, limit: int | None) -> int | None:
        """Return the limit with grants included; None is unlimited."""
        return None if limit is None else limit + self.at(now).granted

    def reserve(self, now: datetime, limit: int | None) -> "MessageCounter | None":
        """Return the counter with one more message, or None if none is left."""
        current = self.at(now)
        allowed = current.limit_at(now, limit)
        if allowed is not None and current.used >= allowed:
            return None
        return replace(current, used=current.used + 1)

    def release(self, period: datetime) -> "MessageCounter":
        """Return the counter with one less, if its period is still that of the reservation."""
        if period_start(self.reset_at) != period:
            return self
        return replace(self, used=self.used - 1)

    def grant(self, count: int, now: datetime) -> "MessageCounter":
        current = self.at(now)
        return replace(current, granted=current.granted + count)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's idempotency key, and the fingerprint of the request it stands for."""

    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedMessage:
    """A reserved message, with the usage and the limit that resulted."""

    id: MessageId
    used: int
    limit: int | None
    repeated: bool = False
    """It was reserved before, under the same key."""


@dataclass(frozen=True, slots=True)
class UsagePeriod:
    """Messages used in a calendar month, and the highest limit in it."""

    start: datetime
    used: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class UserUsage:
    """One user's usage in this period, among others."""

    user: UserId
    email: str
    tier: Tier
    used: int
    limit: int | None


class MessageLedger(Protocol):
    """Every message reserved, released and granted, consistent with each user's counter.

    A reserved message is settled exactly once: charged, or released.
    """

    @abstractmethod
    async def reserve(
        self,
        user: UserId,
        message: MessageId,
        at: datetime,
        limits: TierLimits,
        key: IdempotencyKey | None = None,
    ) -> ReservedMessage:
        """Reserve a message for a user; exact under any concurrency, across processes.

        The same key within 24 hours counts once, and returns the message it counted. Raise
        AiLimitReachedError, or IdempotencyKeyReusedError for another request under a key.
        """

    @abstractmethod
    async def charge(self, user: UserId, message: MessageId) -> bool:
        """Charge a reserved message; return whether this call settled it."""

    @abstractmethod
    async def release(self, user: UserId, message: MessageId, at: datetime) -> bool:
        """Release a reserved message if its period is current; return whether it was uncounted.

        It is charged instead after `MAX_RELEASES_PER_HOUR` within the last hour. Its key is free
        again: the next request with it reserves a new message.
        """

    @abstractmethod
    async def release_expired(self, at: datetime) -> int:
        """Release what was not settled within its lease, and return how many."""

    @abstractmethod
    async def counter(self, user: UserId) -> MessageCounter:
        """Return a user's counter as it is stored."""

    @abstractmethod
    async def history(self, user: UserId, since: datetime) -> Sequence[UsagePeriod]:
        """Return the periods since that one in which messages were counted, newest first."""

    @abstractmethod
    async def near_limit(
        self, at: datetime, limits: TierLimits, share: float, most: int
    ) -> Sequence[UserUsage]:
        """Return the users above that share of their limit, highest share first."""


@dataclass(frozen=True, slots=True)
class ReadUsageHistory:
    """Read a user's usage of the last months."""

    ledger: MessageLedger
    clock: Clock

    async def __call__(
        self,
        user: UserId,
        counter: MessageCounter,
        *,
        limit: int | None,
        since: datetime,
        months: int,
    ) -> Sequence[UsagePeriod]:
        """Return up to `count` months, newest first, but none that ended before `since`.

        `limit` is the current one; it also stands for months without messages.
        """
        now = self.clock.now()
        starts = [period_start(now)]
        while len(starts) < months and starts[-1] > since:
            starts.append(period_start(starts[-1] - timedelta(days=1)))
        known = {period.start: period for period in await self.ledger.history(user, starts[-1])}
        known[starts[0]] = UsagePeriod(starts[0], counter.used_at(now), limit)
        return [known.get(start, UsagePeriod(start, 0, limit)) for start in starts]


@dataclass(frozen=True, slots=True)
class ReleaseExpiredReservations:
    """Release messages that stopped processes left reserved."""

    ledger: MessageLedger
    clock: Clock

    async def __call__(self) -> int:
        """Return how many were released."""
        return await self.ledger.release_expired(self.clock.now())
