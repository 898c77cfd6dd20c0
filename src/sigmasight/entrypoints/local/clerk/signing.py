"""The local Clerk's signatures: of session tokens, and of webhooks as Svix signs them."""

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

from sigmasight.entrypoints.local.clerk import payloads
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import INSTANCE_ID, ClerkSession

ORIGIN: Final = "http://localhost:3000"
"""The authorized party of session tokens."""
ORIGINS: Final = (ORIGIN, "http://localhost:3005")
"""Where the web app is served in development."""
SECRET_KEY: Final = "sk_test_local"  # noqa: S105  a key of the local Clerk only
HOUR: Final = 3600
MINUTE: Final = 60
SIGNING: Final = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)


class Secrets(msgspec.Struct):
    """The JWK that signs session tokens, and the secret that signs webhooks."""

    key: dict[str, Any]
    webhook_secret: str

    @classmethod
    def generate(cls) -> "Secrets":
        key = RSAKey.generate_key(2048, {"kid": INSTANCE_ID, "use": "sig", "alg": "RS256"})
        return cls(key.as_dict(private=True), f"whsec_{b64encode(token_bytes(24)).decode()}")


@dataclass(frozen=True)
class LocalClerk:
    """A local replacement for Clerk."""

    url: str
    api_url: str
    secrets: Secrets
    instance: Instance = field(default_factory=Instance)
    secret_key: str = SECRET_KEY
    templates: list[dict[str, Any]] = field(default_factory=lambda: [payloads.template()])
    """The instance's JWT templates; its tokens always have the claims of the first."""

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    @cached_property
    def key(self) -> RSAKey:
        return RSAKey.import_key(self.secrets.key)

    @property
    def publishable_key(self) -> str:
        host = self.url.partition("://")[2]
        return f"pk_test_{b64encode(f'{host}$'.encode()).decode()}"

    def token(self, session: ClerkSession, seconds: int = MINUTE, azp: str | None = None) -> str:
        """Return a session token with Clerk's claims and the two custom ones for the email address.

        Tokens of the Backend API have no authorized party (clerk-sdk-python#90).
        """
        claims = {"fva": [0, -1], "sid": session.id, "sts": "active", "v": 2}
        return self._signed(session.account_id, seconds, azp, claims, cat="cl_B7d4PD111AAA")

    def template_token(self, account_id: str, seconds: int = HOUR) -> str:
        """Return a token of the JWT template, which has no session."""
        claims = {"aud": "sigmasight.io"}
        return self._signed(account_id, seconds, ORIGIN, claims, cat="cl_B7d4PD222AAA")

    def _signed(
        self, account_id: str, seconds: int, azp: str | None, more: dict[str, Any], *, cat: str
    ) -> str:
        now = int(time.time())
        address = self.instance.account(account_id).primary_address
        claims = more | {
            "exp": now + seconds,
            "iat": now,
            "iss": self.url,
            "jti": token_hex(10),
            "nbf": now - 10,
            "sub": account_id,
        }
        if azp is not None:
            claims["azp"] = azp
        if address is not None:
            claims |= {"email": address.text, "email_verified": address.verified}
        header = {"alg": "RS256", "cat": cat, "kid": self.key.kid, "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(claims), self.key, registry=SIGNING)

    def signed_in(self, account_id: str, seconds: int = HOUR) -> str:
        """Sign an account in, and return the web app's session token."""
        return self.token(self.instance.sign_in(account_id), seconds, azp=ORIGIN)

    def delivery(self, event: dict[str, Any], svix_id: str) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a webhook, signed as Svix does."""
        at, body = datetime.fromtimestamp(time.time(), UTC), json.dumps(event)
        signature = Webhook(self.secrets.webhook_secret).sign(svix_id, at, body)
        return {
            "content-type": "application/json",
            "svix-id": svix_id,
            "svix-timestamp": str(int(at.timestamp())),
            "svix-signature": signature,
        }, body.encode()
