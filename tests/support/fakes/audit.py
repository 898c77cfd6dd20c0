"""The audit trail in memory."""

from collections.abc import Sequence
from dataclasses import replace

from sigmasight.domain.audit import AuditEntry, AuditFilter, AuditTrail
from tests.support.fakes.store import InMemoryStore


class InMemoryAuditTrail(AuditTrail):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, entry: AuditEntry) -> None:
        number = len(self._store.audit) + 1
        self._store.audit[number] = replace(entry, number=number)

    async def latest(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        entries = reversed(self._store.audit.values())
        return [entry for entry in entries if _is_wanted(entry, wanted)][:limit]


def _is_wanted(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        wanted.actor in {None, entry.actor}
        and wanted.action in {None, entry.action}
        and wanted.subject in {None, entry.subject}
        and (wanted.since is None or entry.at >= wanted.since)
        and (wanted.before is None or entry.number < wanted.before)
    )
