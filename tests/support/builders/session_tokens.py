"""Session tokens of noon, and keys to verify them with."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from sigmasight.adapters.clerk.session_tokens import (
    ClerkSessionTokens,
    TokenRules,
    VerificationKeys,
)
from tests.support.builders import signing
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.verification_keys import InMemoryKeys

NOW: Final = int(NOON.timestamp())
PARTY: Final = "https://app.example.com"
RULES: Final = TokenRules(signing.ISSUER, "sigmasight.io", frozenset({PARTY}))
ATTACKERS_KEY: Final = signing.an_rsa_key()
ANY_ALGORITHM: Final = jws.JWSRegistry(
    algorithms=["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256"],
    strict_check_header=False,
)


def the_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a token made at noon; a change to None leaves the claim out."""
    return signing.claims(**{"iat": NOW, "nbf": NOW - 10, "exp": NOW + 60, "azp": PARTY, **changes})


def a_token(*, key: Any = signing.KEY, head: Any = None, **changes: Any) -> str:
    payload = json.dumps(the_claims(**changes)).encode()
    return signing.sign(head or signing.header(), payload, key)


def a_token_saying(payload: bytes) -> str:
    """Sign any payload as Clerk would."""
    return signing.sign(signing.header(), payload)


def a_token_claiming(claim: str, raw: str) -> str:
    """Sign a token one claim of which is written exactly so, JSON or not."""
    whole = json.dumps(the_claims(**{claim: "@"}))
    return a_token_saying(whole.replace('"@"', raw).encode())


def a_token_by(algorithm: str, key: RSAKey | ECKey) -> str:
    """Sign a token with another algorithm, rightly."""
    head = signing.header(alg=algorithm)
    payload = json.dumps(the_claims()).encode()
    if isinstance(key, RSAKey):
        key = RSAKey.import_key(key.as_pem(private=True))  # without the algorithm it is meant for
    return jws.serialize_compact(head, payload, key, registry=ANY_ALGORITHM)


def a_token_by_hmac(algorithm: str, secret: bytes, digest: str = "sha256") -> str:
    """Sign a token with a secret, whatever algorithm its header names."""
    parts = (signing.header(alg=algorithm), the_claims())
    signed = b".".join(signing.encode(json.dumps(part).encode()) for part in parts)
    signature = signing.encode(hmac.digest(secret, signed, digest))
    return b".".join((signed, signature)).decode()


def with_segment(token: str, index: int, segment: str) -> str:
    segments = token.split(".")
    segments[index] = segment
    return ".".join(segments)


def verifier(
    keys: VerificationKeys | None = None,
    *,
    rules: TokenRules = RULES,
    clock: FixedClock | None = None,
) -> ClerkSessionTokens:
    return ClerkSessionTokens(keys or InMemoryKeys(signing.KEY), rules, clock or FixedClock(NOON))


def at(seconds: float) -> FixedClock:
    """Return a clock that stands so many seconds after noon."""
    return FixedClock(datetime.fromtimestamp(NOW + seconds, UTC))
