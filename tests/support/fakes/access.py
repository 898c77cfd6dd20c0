"""Invites in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sigmasight.domain.access.attempts import Attempts
from sigmasight.domain.access.invites import InviteAttempts, InviteAudit, Invited
from sigmasight.domain.access.recorded_settings import EntitlementSettings, RecordedSettings
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

    async def mark_validated(self, user: UserId, code: str | None, at: datetime) -> None:
        known = self._store.users[user]
        self._store.users[user] = replace(known, invite_validated=True)
        self._store.invites[user] = Invited(user, known.email, code, at)

    async def withdraw(self, user: UserId) -> None:
        known = self._store.users[user]
        self._store.users[user] = replace(known, invite_validated=False)
        self._store.invites.pop(user, None)

    async def latest(self, code: str | None, limit: int) -> Sequence[Invited]:
        validated = [
            self._store.invites.get(user.id, Invited(user.id, user.email, None, None))
            for user in self._store.users.values()
            if user.invite_validated and user.deleted_at is None
        ]
        found = [each for each in validated if code is None or _lower(each.code) == code.lower()]
        return sorted(found, key=_newest_first)[:limit]


def _lower(code: str | None) -> str | None:
    return code and code.lower()


def _newest_first(invited: Invited) -> tuple[float, UserId]:
    return -(invited.at.timestamp() if invited.at else 0.0), invited.user


class RecordingAudit(InviteAudit):
    def __init__(self) -> None:
        self.refusals: list[tuple[UserId, str, str]] = []

    def refused(self, user: UserId, *, client: str, code_prefix: str) -> None:
        self.refusals.append((user, client, code_prefix))


class InMemoryAttempts(Attempts):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def record(self, key: str, at: datetime, *, since: datetime, most: int) -> bool:
        recent = self._since(key, since)
        if len(recent) >= most:
            return False
        self._store.logins[key.lower()] = (*recent, at)
        return True

    async def first_since(self, key: str, *, since: datetime) -> datetime | None:
        return min(self._since(key, since), default=None)

    async def withdraw(self, key: str, at: datetime) -> None:
        known = self._store.logins.get(key.lower(), ())
        self._store.logins[key.lower()] = tuple(each for each in known if each != at)
        if not self._store.logins[key.lower()]:
            await self.clear(key)

    async def clear(self, key: str) -> None:
        self._store.logins.pop(key.lower(), None)

    async def prune(self, before: datetime) -> None:
        kept = {
            key: at for key, at in self._store.logins.items() if max(at, default=before) > before
        }
        self._store.logins = kept

    def _since(self, key: str, since: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self._store.logins.get(key.lower(), ()) if at > since)


class InMemoryRecordedSettings(RecordedSettings):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, settings: EntitlementSettings, at: datetime) -> None:
        self._store.server_settings |= {name: (value, at) for name, value in settings.items()}

    async def read(self) -> EntitlementSettings:
        return EntitlementSettings(
            {name: value for name, (value, _) in self._store.server_settings.items()}
        )
