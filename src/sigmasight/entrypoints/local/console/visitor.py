"""A demo user as a client of the API: tokens of the local Clerk, requests over the network."""

import json
import ssl
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import httpx
from litestar.params import PathParameter

from sigmasight.entrypoints.local.clerk.named_accounts import account_id
from sigmasight.entrypoints.local.console.curl import command

NAME: Final = r"[a-z][a-z0-9\-]{0,30}"
"""What a name must look like, also in the page's form."""
Name = Annotated[str, PathParameter(pattern=f"^{NAME}$")]
LONGEST_RESPONSE: Final = 4_000
TIMEOUT_SECONDS: Final = 60.0
TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Never used: both servers speak HTTP. httpx would read all certificates for each client."""


@dataclass(frozen=True, slots=True)
class Services:
    """The addresses of the API and of the local Clerk, the latter's key, and an invite code."""

    url: str
    clerk: str
    clerk_key: str
    invite_code: str

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file; a sample is one of the console's own."""

    name: str
    content: bytes
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, as a command, and the response to it."""

    method: str
    path: str
    curl: str
    status: int
    text: str

    @property
    def ok(self) -> bool:
        return self.status < httpx.codes.BAD_REQUEST

    @property
    def data(self) -> Any:
        return json.loads(self.text)

    @property
    def shown(self) -> str:
        """The response as a person reads it, shortened."""
        try:
            text = json.dumps(self.data, indent=2, ensure_ascii=False)
        except ValueError:
            text = self.text
        return text if len(text) <= LONGEST_RESPONSE else f"{text[:LONGEST_RESPONSE]}\n…"


@dataclass(slots=True)
class Visitor:
    """Sends requests with one session token."""

    name: str
    services: Services
    http: httpx.AsyncClient
    _token: str | None = None

    @property
    def token_url(self) -> str:
        return f"{self.services.clerk}/tokens/{self.name}"

    @property
    def _authorization(self) -> str:
        return f"$(curl -s {self.token_url})"

    async def token(self) -> str:
        """Sign in, if that has not happened yet; whoever is new is created."""
        if self._token is None:
            self._token = (await self.http.get(self.token_url)).raise_for_status().text
        return self._token

    async def get(self, path: str, **parameters: str) -> Exchange:
        query = f"?{urlencode(parameters)}" if parameters else ""
        return await self._send("GET", f"{path}{query}")

    async def post(self, path: str, body: Any = None) -> Exchange:
        return await self._send("POST", path, body=body)

    async def upload(
        self, path: str, fields: Mapping[str, str], file: Upload, part: str
    ) -> Exchange:
        """Send a form with a file, which a command reads from `part`."""
        curl = self.curl("POST", path, fields=fields, file=part)
        if file.is_sample:
            curl = f"curl -s {self.services.url}/console/samples/{file.name} | {curl}"
        response = await self.http.post(
            f"{self.services.api}{path}",
            headers=await self.headers(),
            data=dict(fields),
            files={"csv_file": (file.name, file.content, "text/csv")},
        )
        return Exchange("POST", path, curl, response.status_code, response.text)

    async def clerk(self, path: str) -> Exchange:
        """Read from the local Clerk's Backend API."""
        url, key = f"{self.services.clerk}{path}", self.services.clerk_key
        response = await self.http.get(url, headers={"Authorization": f"Bearer {key}"})
        curl = command("GET", url, authorization=key)
        return Exchange("GET", path, curl, response.status_code, response.text)

    async def fire(self, kind: str, parameters: Mapping[str, str]) -> Exchange:
        """Have the local Clerk change the account and send the event."""
        path = f"/webhooks/{self.name}/{kind}?{urlencode(parameters)}"
        response = await self.http.post(f"{self.services.clerk}{path}")
        curl = f"curl -s -X POST '{self.services.clerk}{path}'"
        return Exchange("POST", path, curl, response.status_code, response.text)

    async def account(self) -> Exchange:
        return await self.clerk(f"/v1/users/{account_id(self.name)}")

    async def subscription(self) -> Exchange:
        return await self.clerk(f"/v1/users/{account_id(self.name)}/billing/subscription")

    def curl(self, method: str, path: str, **rest: Any) -> str:
        url = f"{self.services.api}{path}"
        return command(method, url, authorization=self._authorization, **rest)

    async def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.token()}"}

    async def _send(self, method: str, path: str, *, body: Any = None) -> Exchange:
        response = await self.http.request(
            method, f"{self.services.api}{path}", headers=await self.headers(), json=body
        )
        curl = self.curl(method, path, body=body)
        return Exchange(method, path, curl, response.status_code, response.text)


@asynccontextmanager
async def visiting(name: str, services: Services) -> AsyncIterator[Visitor]:
    """Yield the visitor of that name; a proxy of the environment is not used."""
    async with httpx.AsyncClient(trust_env=False, verify=TLS, timeout=TIMEOUT_SECONDS) as http:
        yield Visitor(name, services, http)


def claims(token: str) -> dict[str, Any]:
    """Read a token's claims, for display."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found
