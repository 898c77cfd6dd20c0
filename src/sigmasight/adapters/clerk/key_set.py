"""Clerk's public keys: one fetch at a time, and still used during an outage."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from warnings import catch_warnings

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from sigmasight.adapters.clerk.answers import read_bounded
from sigmasight.adapters.clerk.session_tokens import VerificationKeys
from sigmasight.domain.health import Check, CheckResult, Meter, Reading
from sigmasight.domain.identity.sessions import (
    IdentityProviderUnavailableError,
    TokenKeyUnknownError,
)

TTL: Final = 300.0
"""Seconds until the keys are fetched again, in the background; as long as Clerk's own SDKs wait."""
STALE_FOR: Final = 24 * 3600.0
REFETCH_PAUSE: Final = 10.0
"""Seconds between two fetches that unknown key ids, or bad signatures, cause."""
FAILURE_PAUSE: Final = 1.0
"""Seconds after a failed fetch before the next one is tried."""
TIMEOUT: Final = 10.0
MAX_BYTES: Final = 1 << 20
MIN_BITS: Final = 2048

logger = logging.getLogger(__name__)


class PemKey(VerificationKeys):
    """One key, configured: no network, and whatever key id."""

    usable = True
    age = None

    def __init__(self, pem: str) -> None:
        self._key = RSAKey.import_key(pem)

    async def get(self, kid: str) -> RSAKey:
        del kid  # Clerk's SDKs ignore it here too
        return self._key

    async def replacement(self, kid: str, key: RSAKey) -> RSAKey | None:
        del kid, key
        return None

    def has(self, kid: str, key: RSAKey) -> bool:
        del kid
        return key is self._key


class ClerkKeySet(VerificationKeys):
    """The key set behind a JWKS address.

    `monotonic` gives seconds from anywhere, never backwards.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._url = url
        self._monotonic = monotonic
        self._keys: Mapping[str, RSAKey] = {}
        self._fetched_at = self._tried_at = self._failed_at = -STALE_FOR
        self._fetching: asyncio.Task[bool] | None = None

    async def get(self, kid: str) -> RSAKey:
        age = self._monotonic() - self._fetched_at
        if age >= STALE_FOR:
            if not await self._fetch():
                raise IdentityProviderUnavailableError
        elif age >= TTL and self._may_refetch():
            _ = self._start_fetching()  # in the background: what we have serves meanwhile
        if kid not in self._keys and (self._fetching or self._may_refetch()):
            await self._fetch()
        try:
            return self._keys[kid]
        except KeyError:
            raise TokenKeyUnknownError from None

    async def replacement(self, kid: str, key: RSAKey) -> RSAKey | None:
        if self._fetching or self._may_refetch():
            await self._fetch()
        found = self._keys.get(kid)
        return None if found is key else found

    def has(self, kid: str, key: RSAKey) -> bool:
        return self._keys.get(kid) is key and self._monotonic() - self._fetched_at < STALE_FOR

    @property
    def usable(self) -> bool:
        return self._failed_at <= self._fetched_at

    @property
    def age(self) -> float | None:
        return self._monotonic() - self._fetched_at if self._keys else None

    async def aclose(self) -> None:
        """Stop a fetch that is under way."""
        if self._fetching:
            self._fetching.cancel()

    def _may_refetch(self) -> bool:
        return self._monotonic() - self._tried_at >= REFETCH_PAUSE

    async def _fetch(self) -> bool:
        """Wait for the current fetch, starting it if necessary; return whether it returned keys."""
        if not self._fetching and self._monotonic() - self._failed_at < FAILURE_PAUSE:
            return False
        return await asyncio.shield(self._start_fetching())

    def _start_fetching(self) -> asyncio.Task[bool]:
        if self._fetching is None:
            self._tried_at = self._monotonic()
            self._fetching = asyncio.create_task(self._replace_keys())
        return self._fetching

    async def _replace_keys(self) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT):
                keys = await self._download()
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            self._failed_at = self._monotonic()
            logger.warning("Clerk's keys could not be fetched from %s: %r", self._url, error)
            return False
        else:
            # The same key stays the same object, so that tokens verified with it stay verified.
            self._keys = {
                kid: known if (known := self._keys.get(kid)) and same_key(known, key) else key
                for kid, key in keys.items()
            }
            self._fetched_at = self._monotonic()
            return True
        finally:
            self._fetching = None

    async def _download(self) -> dict[str, RSAKey]:
        async with self._client.stream("GET", self._url) as response:
            response.raise_for_status()
            body = await read_bounded(response, MAX_BYTES)
        return read_keys(body)


class UnusableAnswerError(ValueError):
    """The key set came, but holds nothing to verify a token with."""


class _Jwks(msgspec.Struct):
    keys: list[Any]


def read_keys(body: bytes) -> dict[str, RSAKey]:
    """Return a key set's usable keys by their ids, or raise ValueError if there are none."""
    keys: dict[str, RSAKey] = {}
    for entry in msgspec.json.decode(body, type=_Jwks).keys:
        if isinstance(entry, dict) and (key := _usable(entry)):
            keys.setdefault(entry["kid"], key)
    if not keys:
        raise UnusableAnswerError("no usable key in it")
    return keys


def _usable(entry: Mapping[str, Any]) -> RSAKey | None:
    """Import a JWK (RFC 7517) if it is an RSA key that may verify signatures, else skip it."""
    operations = entry.get("key_ops")
    if (
        entry.get("kty") == "RSA"
        and entry.get("kid")
        and isinstance(entry["kid"], str)
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "RS256") == "RS256"
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
    ):
        with suppress(JoseError, ValueError, TypeError, KeyError), catch_warnings(action="ignore"):
            key = RSAKey.import_key({"kty": "RSA", "n": entry["n"], "e": entry["e"]})
            if key.public_key.key_size >= MIN_BITS:
                return key
    logger.warning("Skipped a key of Clerk's that cannot verify: kid %r", entry.get("kid"))
    return None


def same_key(one: RSAKey, other: RSAKey) -> bool:
    return one.public_key.public_numbers() == other.public_key.public_numbers()


class ClerkCheck(Check):
    name = "clerk"

    def __init__(self, keys: VerificationKeys) -> None:
        self._keys = keys

    async def run(self) -> CheckResult:
        return CheckResult(ok=self._keys.usable)


class ClerkKeysMeter(Meter):
    def __init__(self, keys: VerificationKeys) -> None:
        self._keys = keys

    async def read(self) -> Sequence[Reading]:
        age = self._keys.age
        return [] if age is None else [Reading("clerk_keys_age_seconds", age)]
