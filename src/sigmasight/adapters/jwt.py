"""The checks that every session token must pass (RFC 7515, RFC 7519)."""

import re
from base64 import urlsafe_b64decode
from typing import Annotated, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey

from sigmasight.domain.identity.sessions import (
    TokenExpiredError,
    TokenMalformedError,
    TokenNotActiveError,
)

MAX_TOKEN_BYTES: Final = 8 * 1024
LEEWAY: Final = 5
"""Seconds the clocks may differ by."""
COMPACT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

NumericDate = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


def require_compact(token: str) -> None:
    """Raise TokenMalformedError for what is too long, or not in three parts."""
    if len(token) > MAX_TOKEN_BYTES or not COMPACT.fullmatch(token):
        raise TokenMalformedError("The session token is not a signed JWT of at most 8 KB.")


def header_of(token: str) -> bytes:
    """Return the header's JSON, or raise ValueError."""
    segment = token[:MAX_TOKEN_BYTES].partition(".")[0]
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def payload_of(token: str) -> bytes:
    """Return the claims' JSON, unverified, or raise ValueError."""
    segment = token[:MAX_TOKEN_BYTES].partition(".")[2].partition(".")[0]
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def signed_by(
    key: RSAKey | OctKey, signed: jws.CompactSignature, registry: jws.JWSRegistry
) -> bool:
    try:
        return jws.validate_compact(signed, key, registry=registry)
    except (JoseError, ValueError):
        return False


def require_current(now: float, *, exp: int, nbf: int, iat: int) -> None:
    """Raise TokenExpiredError or TokenNotActiveError; all are seconds since the epoch."""
    if now >= exp + LEEWAY:
        raise TokenExpiredError
    if now < max(nbf, iat) - LEEWAY:
        raise TokenNotActiveError
