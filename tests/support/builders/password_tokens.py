"""Session tokens of password accounts, valid and invalid, issued at noon by default."""

import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any, Final

from sigmasight.domain.identity.password_login import PASSWORD_LOGIN_ISSUER
from tests.support.builders import signing
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID

SECRET_KEY: Final = "a secret of the tests, long enough"  # noqa: S105
AUDIENCE: Final = "sigmasight.io"


def header(**changes: Any) -> dict[str, Any]:
    """Return the header we write; a change to None leaves the member out."""
    whole = {"alg": "HS256", "typ": "JWT", "kid": "legacy", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def the_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims we write; a change to None leaves the claim out."""
    now = int(NOON.timestamp())
    whole = {
        "iss": PASSWORD_LOGIN_ISSUER,
        "sub": str(ANNS_ID),
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "jti": "1",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def a_legacy_token(
    *,
    secret: str = SECRET_KEY,
    head: dict[str, Any] | None = None,
    payload: bytes | None = None,
    digest: str = "sha256",
    **changes: Any,
) -> str:
    """Sign any payload under any header with HMAC, whatever `alg` the header names."""
    if payload is None:
        payload = json.dumps(the_claims(**changes)).encode()
    signed = b".".join(map(signing.encode, (json.dumps(head or header()).encode(), payload)))
    signature = signing.encode(hmac.digest(secret.encode(), signed, digest))
    return b".".join((signed, signature)).decode()


def decoded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
