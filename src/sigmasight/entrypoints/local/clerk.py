"""A stand-in for Clerk: its own key, session tokens, signed webhooks, a little Backend API."""

import json
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Annotated, Any, Final

import httpx
import msgspec
from joserfc import jws
from joserfc.jwk import RSAKey
from litestar import Litestar, MediaType, Response, get, post
from litestar.params import FromPath, PathParameter, QueryParameter
from svix.webhooks import Webhook

from sigmasight.entrypoints.local.people import EventType, Person, person_named

ORIGIN: Final = "http://localhost:3000"
"""The web app's address in development: the authorized party of the tokens made here."""
HOUR: Final = 3600
SIGNING: Final = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)

Name = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,30}$")]


class Secrets(msgspec.Struct):
    """What the stand-in keeps from one start to the next."""

    key: dict[str, Any]
    webhook_secret: str

    @classmethod
    def load(cls, file: Path) -> "Secrets":
        """Read the secrets of that file, made at the first start."""
        if not file.exists():
            key = RSAKey.generate_key(2048, {"kid": "ins_local", "use": "sig", "alg": "RS256"})
            made = cls(key.as_dict(private=True), f"whsec_{b64encode(token_bytes(24)).decode()}")
            file.touch(mode=0o600)
            file.write_bytes(msgspec.json.encode(made))
        return msgspec.json.decode(file.read_bytes(), type=cls)


@dataclass(frozen=True, slots=True)
class LocalClerk:
    """Clerk, as far as the API can tell."""

    url: str
    api_url: str
    secrets: Secrets

    @property
    def key(self) -> RSAKey:
        return RSAKey.import_key(self.secrets.key)

    @property
    def publishable_key(self) -> str:
        host = self.url.partition("://")[2]
        return f"pk_test_{b64encode(f'{host}$'.encode()).decode()}"

    def token(self, person: Person, seconds: int = HOUR) -> str:
        """Make a session token with the claims Clerk's have, and the two ours asks for."""
        now = int(time.time())
        claims = {
            "azp": ORIGIN,
            "email": person.email,
            "email_verified": True,
            "exp": now + seconds,
            "fva": [0, -1],
            "iat": now,
            "iss": self.url,
            "jti": token_hex(10),
            "nbf": now - 10,
            "sid": f"sess_demo_{person.name}",
            "sts": "active",
            "sub": person.clerk_user_id,
            "v": 2,
        }
        header = {"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": "ins_local", "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(claims), self.key, registry=SIGNING)

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


def create_clerk(clerk: LocalClerk) -> Litestar:
    """Serve the stand-in."""

    @get("/.well-known/jwks.json", sync_to_thread=False)
    def jwks() -> dict[str, Any]:
        return {"keys": [clerk.key.as_dict(private=False)]}

    @get("/tokens/{name:str}", media_type=MediaType.TEXT, sync_to_thread=False)
    def token(name: Name, seconds: Annotated[int, QueryParameter(gt=0)] = HOUR) -> str:
        return clerk.token(person_named(name), seconds)

    @post("/webhooks/{name:str}/{kind:str}", status_code=200)
    async def send(name: Name, kind: FromPath[EventType]) -> Response[bytes]:
        """Tell the API of an event, as of now, and pass its answer on."""
        event = person_named(name).event(kind, at=int(time.time() * 1000))
        headers, body = clerk.delivery(event, f"msg_{token_hex(12)}")
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{clerk.api_url}/api/v1/webhooks/clerk", headers=headers, content=body
            )
        return Response(answer.content, media_type=MediaType.JSON, status_code=answer.status_code)

    @get("/v1/users/{clerk_user_id:str}", sync_to_thread=False)
    def user(clerk_user_id: FromPath[str]) -> dict[str, Any]:
        return person_named(clerk_user_id.removeprefix("user_demo_")).clerk_user()

    return Litestar([jwks, token, send, user], openapi_config=None, logging_config=None)
