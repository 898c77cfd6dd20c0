"""Verification keys in memory."""

from joserfc.jwk import RSAKey

from sigmasight.adapters.clerk.session_tokens import VerificationKeys
from sigmasight.domain.identity.sessions import TokenKeyUnknownError


class InMemoryKeys(VerificationKeys):
    """Keys that can be removed; counts how often one was requested."""

    usable = True
    age = None

    def __init__(self, *keys: RSAKey) -> None:
        self._keys = {str(key.kid): key for key in keys}
        self.asked = 0

    async def get(self, kid: str) -> RSAKey:
        self.asked += 1
        if kid not in self._keys:
            raise TokenKeyUnknownError
        return self._keys[kid]

    async def replacement(self, kid: str, key: RSAKey) -> RSAKey | None:
        found = self._keys.get(kid)
        return None if found is key else found

    def has(self, kid: str, key: RSAKey) -> bool:
        return self._keys.get(kid) is key

    def remove(self, kid: str) -> None:
        del self._keys[kid]
