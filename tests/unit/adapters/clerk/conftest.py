"""Both ways of coming by the keys, so that every refusal holds for both."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sigmasight.adapters.clerk.key_set import ClerkKeySet, PemKey
from sigmasight.adapters.clerk.session_tokens import ClerkSessionTokens
from tests.support.builders import signing
from tests.support.builders.session_tokens import verifier


@pytest.fixture(params=["PEM", "key set"])
async def tokens(request: pytest.FixtureRequest) -> AsyncIterator[ClerkSessionTokens]:
    if request.param == "PEM":
        yield verifier(PemKey(signing.pem()))
        return
    served = httpx.MockTransport(lambda _: httpx.Response(200, content=signing.jwks(signing.KEY)))
    async with httpx.AsyncClient(transport=served) as client:
        yield verifier(ClerkKeySet(client, "https://clerk.test/jwks", monotonic=lambda: 0.0))
