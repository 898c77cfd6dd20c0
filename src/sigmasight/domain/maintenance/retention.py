"""Retention: deleting records that nobody asks for any more, a few at a time."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from sigmasight.domain.access.usage import period_start
from sigmasight.domain.kernel import Clock, Transaction, atomic

STEP: Final = 1000
"""How many records a transaction deletes at most."""
MONTHS_OF_MESSAGES: Final = 25
"""The current month and the two years before it."""


class RecordKind(StrEnum):
    """What piles up."""

    SNAPSHOTS = "snapshots"
    """Rolled up: the last snapshot of each month stays, and each portfolio's newest one."""
    CALCULATIONS = "calculations"
    """Each portfolio's last calculation stays, and those under way."""
    MAINTENANCE_RUNS = "maintenance-runs"
    """Those under way stay."""
    MESSAGES = "messages"
    """The lines of the ledger of AI messages; the messages' texts stay."""
    IDEMPOTENCY_KEYS = "idempotency-keys"
    WEBHOOKS = "webhooks"
    """Failed and waiting deliveries stay."""
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPeriods:
    """How long records stay."""

    snapshots: timedelta
    runs: timedelta
    webhooks: timedelta
    audit: timedelta

    def expired_before(self, kind: RecordKind, now: datetime) -> datetime:
        """Return the instant before which records of this kind have expired."""
        match kind:
            case RecordKind.SNAPSHOTS:
                return now - self.snapshots
            case RecordKind.CALCULATIONS | RecordKind.MAINTENANCE_RUNS:
                return now - self.runs
            case RecordKind.MESSAGES | RecordKind.IDEMPOTENCY_KEYS:
                return first_period(now)
            case RecordKind.WEBHOOKS:
                return now - self.webhooks
            case RecordKind.AUDIT:
                return now - self.audit


def first_period(now: datetime) -> datetime:
    """Return the first instant of the earliest month whose messages stay."""
    period = period_start(now)
    months = period.year * 12 + period.month - MONTHS_OF_MESSAGES
    return period.replace(year=months // 12, month=months % 12 + 1)


class ExpiredRecords(Protocol):
    """The records of all users."""

    @abstractmethod
    async def count(self, kind: RecordKind, before: datetime) -> int:
        """Return how many have expired."""

    @abstractmethod
    async def delete(self, kind: RecordKind, before: datetime, limit: int) -> int:
        """Delete up to `limit` that have expired, and return how many.

        Those that another transaction is deleting are left to it.
        """


class RetentionReport(NamedTuple):
    kind: RecordKind
    before: datetime
    expired: int


@dataclass(frozen=True, slots=True)
class ApplyRetention:
    """Delete expired records."""

    records: ExpiredRecords
    periods: RetentionPeriods
    clock: Clock
    transaction: Transaction

    @atomic
    async def report(self) -> Sequence[RetentionReport]:
        """Return how many records of each kind have expired."""
        now = self.clock.now()
        limits = {kind: self.periods.expired_before(kind, now) for kind in RecordKind}
        return [
            RetentionReport(kind, before, await self.records.count(kind, before))
            for kind, before in limits.items()
        ]

    @atomic
    async def step(self, kind: RecordKind) -> int:
        """Delete up to STEP records; return how many. Less than STEP means that it is done."""
        before = self.periods.expired_before(kind, self.clock.now())
        return await self.records.delete(kind, before, STEP)
