"""What Clerk and Svix would sign: tokens, key sets and webhooks, right ones and wrong ones."""

import json
import time
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jws
from joserfc.jwk import RSAKey
from svix.webhooks import Webhook

ISSUER: Final = "https://clerk.sigmasight.test"
KID: Final = "ins_test"
SECRET: Final = "whsec_" + b64encode(b"a webhook secret of the tests").decode()
SESSION_CATEGORY: Final = "cl_B7d4PD111AAA"

REGISTRY: Final = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)


def an_rsa_key(kid: str = KID, bits: int = 2048) -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid, "use": "sig", "alg": "RS256"})


KEY: Final = an_rsa_key()


def pem(key: RSAKey = KEY) -> str:
    return key.as_pem(private=False).decode()


def jwks(*keys: RSAKey) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """Return a session token's claims; a change to None leaves the claim out."""
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "sub": "user_ann",
        "sid": "sess_ann",
        "iat": now,
        "nbf": now - 10,
        "exp": now + 60,
        "sts": "active",
        "v": 2,
        "email": "ann@example.com",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def header(**changes: Any) -> dict[str, Any]:
    whole = {"alg": "RS256", "kid": KID, "typ": "JWT", "cat": SESSION_CATEGORY, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def a_token(*, key: RSAKey = KEY, head: dict[str, Any] | None = None, **changes: Any) -> str:
    """Sign a session token as Clerk would, but for the changes."""
    return sign(head or header(), json.dumps(claims(**changes)).encode(), key)


def sign(head: dict[str, Any], payload: bytes, key: RSAKey = KEY) -> str:
    """Sign any payload under any header with RS256, whatever `alg` the header names."""
    signing_input = b".".join(map(encode, (json.dumps(head).encode(), payload)))
    algorithm = REGISTRY.get_alg("RS256")
    signature = algorithm.sign(signing_input, key)
    return b".".join((signing_input, encode(signature))).decode()


def encode(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")


def a_webhook(
    event: Any, *, svix_id: str = "msg_1", secret: str = SECRET, at: datetime | None = None
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a delivery, signed as Svix does."""
    at = at or datetime.fromtimestamp(time.time(), UTC)
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return {
        "svix-id": svix_id,
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": Webhook(secret).sign(svix_id, at, body.decode()),
    }, body
