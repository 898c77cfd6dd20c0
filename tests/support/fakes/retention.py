"""Expired records in memory."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.maintenance.model import UNDER_WAY
from sigmasight.domain.maintenance.retention import ExpiredRecords, RecordKind
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from tests.support.fakes.store import InMemoryStore

UNSETTLED = {DeliveryOutcome.FAILED, DeliveryOutcome.WAITING}


class InMemoryExpiredRecords(ExpiredRecords):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def count(self, kind: RecordKind, before: datetime) -> int:
        return len(self._expired(kind, before))

    async def delete(self, kind: RecordKind, before: datetime, limit: int) -> int:
        expired = list(self._expired(kind, before))[:limit]
        for key in expired:
            del self._records(kind)[key]
        return len(expired)

    def _records(self, kind: RecordKind) -> dict[Any, Any]:
        records: Mapping[RecordKind, dict[Any, Any]] = {
            RecordKind.SNAPSHOTS: self._store.snapshots,
            RecordKind.CALCULATIONS: self._store.runs,
            RecordKind.MAINTENANCE_RUNS: self._store.fixes,
            RecordKind.MESSAGES: self._store.entries,
            RecordKind.IDEMPOTENCY_KEYS: self._store.keys,
            RecordKind.WEBHOOKS: self._store.receipts,
            RecordKind.AUDIT: self._store.audit,
        }
        return records[kind]

    def _expired(self, kind: RecordKind, before: datetime) -> list[Any]:
        return [
            key
            for key, record in self._records(kind).items()
            if self._time(kind, record) < before and not self._stays(kind, key, record)
        ]

    def _time(self, kind: RecordKind, record: Any) -> datetime:
        times: Mapping[RecordKind, str] = {
            RecordKind.SNAPSHOTS: "calculated_at",
            RecordKind.CALCULATIONS: "started_at",
            RecordKind.MAINTENANCE_RUNS: "created_at",
            RecordKind.MESSAGES: "period",
            RecordKind.WEBHOOKS: "received_at",
            RecordKind.AUDIT: "at",
        }
        at: datetime = (
            record[2] if kind is RecordKind.IDEMPOTENCY_KEYS else getattr(record, times[kind])
        )
        return at

    def _stays(self, kind: RecordKind, key: Any, record: Any) -> bool:
        match kind:
            case RecordKind.SNAPSHOTS:
                return bool(key == self._last_of_month(key[0], key[1], record.calculated_at))
            case RecordKind.CALCULATIONS:
                return record.status is RunStatus.RUNNING or bool(key == self._last_run(record))
            case RecordKind.MAINTENANCE_RUNS:
                return record.status in UNDER_WAY
            case RecordKind.WEBHOOKS:
                return record.outcome in UNSETTLED
        return False

    def _last_of_month(self, user: Any, portfolio: Any, at: datetime) -> Any:
        return max(
            (snapshot.calculated_at, key)
            for key, snapshot in self._store.snapshots.items()
            if key[:2] == (user, portfolio)
            and (snapshot.calculated_at.year, snapshot.calculated_at.month) == (at.year, at.month)
        )[1]

    def _last_run(self, of: Any) -> Any:
        return max(
            (run.started_at, key)
            for key, run in self._store.runs.items()
            if (key[0], run.portfolio_id) == (of.user_id, of.portfolio_id)
        )[1]
