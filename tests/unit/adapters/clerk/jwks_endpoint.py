"""A key set behind an address, its clock, and keys of every unusable kind."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, Self

import httpx
from anyio import wait_all_tasks_blocked
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.util import int_to_base64

from sigmasight.adapters.clerk.key_set import ClerkKeySet
from tests.support.builders import signing

ADDRESS: Final = "https://clerk.sigmasight.test/.well-known/jwks.json"
ROTATED: Final = signing.an_rsa_key("ins_rotated")


class Jwks:
    """Serves a key set, whatever that is made to be."""

    def __init__(self, *keys: RSAKey) -> None:
        self.requests = 0
        self.answer: Callable[[], httpx.Response] = lambda: serving(*keys)
        self.open = asyncio.Event()
        """Requests wait for it; it is set from the start."""
        self.open.set()
        self.asked = asyncio.Event()
        self.time = 1000.0
        self._client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        self.keys = ClerkKeySet(self._client, ADDRESS, monotonic=lambda: self.time)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, str(request.url)) == ("GET", ADDRESS)
        self.requests += 1
        self.asked.set()
        await self.open.wait()
        return self.answer()

    def serve(self, *keys: RSAKey) -> None:
        self.answer = lambda: serving(*keys)

    def break_down(self) -> None:
        self.answer = lambda: httpx.Response(500)

    async def settle(self) -> None:
        """Wait for a background fetch to finish."""
        await wait_all_tasks_blocked()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.keys.aclose()
        await self._client.aclose()


def serving(*keys: RSAKey) -> httpx.Response:
    return httpx.Response(200, content=signing.jwks(*keys))


def serving_entries(*entries: Any) -> httpx.Response:
    return httpx.Response(200, content=json.dumps({"keys": entries}).encode())


def an_entry(**changes: Any) -> dict[str, Any]:
    """Return our key as an entry of a key set; a change to None leaves the member out."""
    entry = {**signing.KEY.as_dict(private=False), **changes}
    return {member: value for member, value in entry.items() if value is not None}


def _short_key() -> dict[str, Any]:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  that is the point
    numbers = key.public_key().public_numbers()
    return an_entry(n=int_to_base64(numbers.n), e=int_to_base64(numbers.e))


UNUSABLE: Final[dict[str, Any]] = {
    "EC": {**ECKey.generate_key("P-256").as_dict(private=False), "kid": signing.KID},
    "OKP": {**OKPKey.generate_key("Ed25519").as_dict(private=False), "kid": signing.KID},
    "oct": {**OctKey.generate_key(256).as_dict(), "kid": signing.KID},
    "RSA of 1024 bits": _short_key(),
    "for encryption": an_entry(use="enc"),
    "for RS512": an_entry(alg="RS512"),
    "not to verify": an_entry(key_ops=["sign"]),
    "no operation": an_entry(key_ops=[]),
    "odd operations": an_entry(key_ops=5),
    "odd use": an_entry(use=["sig"]),
    "unknown type": an_entry(kty="RSA2"),
    "no type": an_entry(kty=None),
    "garbage n": an_entry(n="!!!"),
    "odd n": an_entry(n=5),
    "empty n": an_entry(n=""),
    "no n": an_entry(n=None),
    "no e": an_entry(e=None),
    "garbage e": an_entry(e="ü"),
    "e of 1": an_entry(e="AQ"),
    "no kid": an_entry(kid=None),
    "empty kid": an_entry(kid=""),
    "odd kid": an_entry(kid=["ins_test"]),
    "text": "ins_test",
    "null": None,
    "list": [an_entry()],
}
