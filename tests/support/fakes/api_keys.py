"""API keys in memory."""

from collections.abc import Sequence
from dataclasses import replace

from sigmasight.domain.identity.api_keys import ApiKey, ApiKeyId, ApiKeys, Uses
from sigmasight.domain.kernel import UserId
from tests.support.fakes.store import InMemoryStore


class InMemoryApiKeys(ApiKeys):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def list(self, user: UserId) -> Sequence[ApiKey]:
        own = [key for key in self._store.api_keys.values() if key.user_id == user]
        by_id = sorted(own, key=lambda key: key.id)
        return sorted(by_id, key=lambda key: key.created_at, reverse=True)

    async def add(self, key: ApiKey) -> None:
        self._store.api_keys[key.user_id, key.id] = key

    async def remove(self, user: UserId, key: ApiKeyId) -> ApiKey | None:
        return self._store.api_keys.pop((user, key), None)

    async def remove_all(self, user: UserId) -> int:
        own = await self.list(user)
        for key in own:
            del self._store.api_keys[user, key.id]
        return len(own)

    async def put_uses(self, uses: Uses) -> None:
        for place, at in uses.items():
            known = self._store.api_keys.get(place)
            if known and (known.last_used_at is None or known.last_used_at < at):
                self._store.api_keys[place] = replace(known, last_used_at=at)
