"""Invites in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sigmasight.domain.access.invites import InviteAttempts, InviteAudit
from sigmasight.domain.kernel import UserId
from tests.support.fakes.store import InMemoryStore


class InMemoryInviteAttempts(InviteAttempts):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def lock(self, user: UserId) -> bool:
        return self._store.users[user].invite_validated

    async def failures_since(self, user: UserId, since: datetime) -> Sequence[datetime]:
        return [at for at in self._store.failures.get(user, ()) if at > since]

    async def record_failure(self, user: UserId, at: datetime, *, forget_before: datetime) -> None:
        failures = (*self._store.failures.get(user, ()), at)
        kept = sorted(failure for failure in failures if failure >= forget_before)
        self._store.failures[user] = tuple(kept)

    async def mark_validated(self, user: UserId) -> None:
        known = self._store.users[user]
        self._store.users[user] = replace(known, invite_validated=True)


class RecordingAudit(InviteAudit):
    def __init__(self) -> None:
        self.refusals: list[tuple[UserId, str, str]] = []

    def refused(self, user: UserId, *, client: str, code_prefix: str) -> None:
        self.refusals.append((user, client, code_prefix))
