"""What the stand-in signs: session tokens as Clerk does, webhooks as Svix does."""

import json
import time
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from secrets import token_bytes, token_hex
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.jwk import RSAKey
from svix.webhooks import Webhook

from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import INSTANCE_ID, ClerkSession

ORIGIN: Final = "http://localhost:3000"
"""The web app's address in development: the authorized party of the tokens made here."""
SECRET_KEY: Final = "sk_test_local"  # noqa: S105  opens nothing but this
HOUR: Final = 3600
MINUTE: Final = 60
SIGNING: Final = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)


class Secrets(msgspec.Struct):
    """The key of session tokens, as a JWK, and the secret of webhooks."""

    key: dict[str, Any]
    webhook_secret: str

    @classmethod
    def generate(cls) -> "Secrets":
        key = RSAKey.generate_key(2048, {"kid": INSTANCE_ID, "use": "sig", "alg": "RS256"})
        return cls(key.as_dict(private=True), f"whsec_{b64encode(token_bytes(24)).decode()}")


@dataclass(frozen=True)
class LocalClerk:
    """Clerk, as far as the API can tell."""

    url: str
    api_url: str
    secrets: Secrets
    instance: Instance = field(default_factory=Instance)
    secret_key: str = SECRET_KEY

    @cached_property
    def key(self) -> RSAKey:
        return RSAKey.import_key(self.secrets.key)

    @property
    def publishable_key(self) -> str:
        host = self.url.partition("://")[2]
        return f"pk_test_{b64encode(f'{host}$'.encode()).decode()}"

    def token(self, session: ClerkSession, seconds: int = MINUTE, azp: str | None = None) -> str:
        """Make a session token with the claims Clerk's have, and the two ours asks for.

        One made by the Backend API names no authorized party (clerk-sdk-python#90).
        """
        now = int(time.time())
        address = self.instance.account(session.account_id).primary_address
        claims = {
            "exp": now + seconds,
            "fva": [0, -1],
            "iat": now,
            "iss": self.url,
            "jti": token_hex(10),
            "nbf": now - 10,
            "sid": session.id,
            "sts": "active",
            "sub": session.account_id,
            "v": 2,
        }
        if azp is not None:
            claims["azp"] = azp
        if address is not None:
            claims |= {"email": address.text, "email_verified": address.verified}
        header = {"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": self.key.kid, "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(claims), self.key, registry=SIGNING)

    def signed_in(self, account_id: str, seconds: int = HOUR) -> str:
        """Return the token a web app of somebody's has."""
        return self.token(self.instance.sign_in(account_id), seconds, azp=ORIGIN)

    def delivery(self, event: dict[str, Any], svix_id: str) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a webhook, signed as Svix signs them."""
        at, body = datetime.fromtimestamp(time.time(), UTC), json.dumps(event)
        signature = Webhook(self.secrets.webhook_secret).sign(svix_id, at, body)
        return {
            "content-type": "application/json",
            "svix-id": svix_id,
            "svix-timestamp": str(int(at.timestamp())),
            "svix-signature": signature,
        }, body.encode()
