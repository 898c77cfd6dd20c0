"""Examinations of Clerk: the issuer, its keys, the Backend API, plans and the token template."""

from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec
from joserfc.jwk import RSAKey

from sigmasight.adapters.clerk.answers import read_bounded
from sigmasight.adapters.clerk.client import ClerkClient, ClerkRequest, RetryPolicy
from sigmasight.adapters.clerk.key_set import MAX_BYTES, read_keys, same_key
from sigmasight.adapters.clerk.session_tokens import TokenRules
from sigmasight.domain.billing import FindUnlistedPlans
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed, skipped
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError

BACKEND_API: Final = "backend_api"
ONCE: Final = RetryPolicy(timeout=5, tries=1, max_backoff=0, max_retry_after=0)
TEMPLATE: Final = "sigmasight-session"
EMAIL_CLAIMS: Final = (
    '"email": "{{user.primary_email_address}}", "email_verified": "{{user.email_verified}}"'
)
REACH: Final = "Correct CLERK_DOMAIN, and let this machine out to it (HTTPS, proxy, DNS)."


class IssuerAnswers(Examination):
    """Compares the issuer with the publishable key's, and with what Clerk says of itself."""

    name = "issuer"

    def __init__(
        self,
        client: httpx.AsyncClient,
        issuer: str,
        publishable_domain: str | None,
        *,
        needs_network: bool = True,
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._needs_network = needs_network
        self._publishable = publishable_domain and f"https://{publishable_domain}"

    async def run(self) -> Finding:
        if self._publishable and not _same_host(self._publishable, self._issuer):
            return failed(
                f"The publishable key belongs to {self._publishable}, the issuer is"
                f" {self._issuer}.",
                "Take CLERK_DOMAIN and NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY from one Clerk instance.",
            )
        url = f"{self._issuer}/.well-known/openid-configuration"
        try:
            answer = await self._client.get(url)
        except httpx.HTTPError as error:
            detail = f"{self._issuer} does not answer ({type(error).__name__})."
            if self._needs_network:
                return failed(detail, REACH)
            return skipped(detail, f"CLERK_JWT_KEY needs no network; to compare it: {REACH}")
        if answer.is_error:
            return passed(f"{self._issuer} answers; it has no description of itself to compare.")
        return self._compared(answer.content, url)

    def _compared(self, content: bytes, url: str) -> Finding:
        try:
            stated = msgspec.json.decode(content, type=_Description).issuer
        except (ValueError, RecursionError):
            return failed(f"{url} answers with something else than Clerk's description.", REACH)
        if stated != self._issuer:
            return failed(
                f"Clerk signs as {stated}; the issuer here is {self._issuer}.",
                f"Set CLERK_ISSUER={stated}, or correct CLERK_DOMAIN.",
            )
        return passed(f"{self._issuer} answers, and signs as that.")


class _Description(msgspec.Struct):
    issuer: str


def _same_host(one: str, other: str) -> bool:
    return httpx.URL(one).netloc == httpx.URL(other).netloc


class KeysUsable(Examination):
    """Fetches the key set; a key in CLERK_JWT_KEY has to be one of it, if it can be fetched."""

    name = "keys"

    def __init__(self, client: httpx.AsyncClient, url: str, pem: str | None) -> None:
        self._client = client
        self._url = url
        self._pem = pem

    async def run(self) -> Finding:
        try:
            keys = await fetch_keys(self._client, self._url)
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            if self._pem:
                return passed("The key is in CLERK_JWT_KEY; Clerk's own could not be compared.")
            return failed(
                f"No key can be fetched from {self._url}: {_cause(error)}.",
                "Correct CLERK_DOMAIN or CLERK_JWKS_URL, or set CLERK_JWT_KEY.",
            )
        if not self._pem:
            return passed(f"{len(keys)} usable at {self._url}.")
        own = RSAKey.import_key(self._pem)
        if any(same_key(own, key) for key in keys.values()):
            return passed("The key in CLERK_JWT_KEY is one of Clerk's.")
        return failed(
            f"The key in CLERK_JWT_KEY is none of those at {self._url}.",
            "Copy the JWKS public key of this Clerk instance into CLERK_JWT_KEY, or leave it out.",
        )


def _cause(error: Exception) -> str:
    match error:
        case httpx.HTTPStatusError():
            return f"status {error.response.status_code}"
        case httpx.HTTPError():
            return type(error).__name__
        case msgspec.DecodeError():
            return "what answers is no key set"
    return str(error)


async def fetch_keys(client: httpx.AsyncClient, url: str) -> dict[str, RSAKey]:
    """Return the usable keys at an address; raise httpx.HTTPError or ValueError."""
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        return read_keys(await read_bounded(answer, MAX_BYTES))


class BackendApiAnswers(Examination):
    """Lists the instance's keys: the secret key has to be of the instance that signs the tokens."""

    name = BACKEND_API

    def __init__(self, backend: ClerkClient, client: httpx.AsyncClient, jwks_url: str) -> None:
        self._backend = backend
        self._client = client
        self._jwks_url = jwks_url

    async def run(self) -> Finding:
        refusals = [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND]
        try:
            answer = await self._backend.send(
                ClerkRequest("GET", "/jwks", ONCE, expected_statuses=refusals)
            )
        except IdentityProviderUnavailableError as error:
            return failed(
                f"The Backend API does not answer ({error.__cause__ or error}).",
                "Correct CLERK_API_URL, and let this machine out to it.",
            )
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return failed(
                "CLERK_API_URL is not Clerk's Backend API.",
                "Leave CLERK_API_URL out, or have it end with /v1.",
            )
        if answer.is_error:
            return failed(
                f"Clerk refuses CLERK_SECRET_KEY (status {answer.status_code}).",
                "Copy the secret key of this instance from API keys in Clerk's dashboard.",
            )
        try:
            own = read_keys(answer.content)
            issuers = await fetch_keys(self._client, self._jwks_url)
        except (httpx.HTTPError, ValueError, RecursionError):
            return passed("It accepts CLERK_SECRET_KEY; its keys could not be compared.")
        if any(same_key(one, other) for one in own.values() for other in issuers.values()):
            return passed("It accepts CLERK_SECRET_KEY, of the instance that signs the tokens.")
        return failed(
            "CLERK_SECRET_KEY belongs to another Clerk instance than the issuer.",
            "Take CLERK_SECRET_KEY and CLERK_DOMAIN from one instance: both development, or both"
            " production.",
        )


class PlansListed(Examination):
    name = "plans"
    needs = (BACKEND_API,)

    def __init__(self, find: FindUnlistedPlans) -> None:
        self._find = find

    async def run(self) -> Finding:
        try:
            unlisted = await self._find()
        except IdentityProviderUnavailableError as error:
            return failed(str(error), "Enable Billing in Clerk's dashboard, or try again.")
        if unlisted:
            names = ",".join(unlisted)
            return failed(
                f"Who pays for {names} has the free tier: CLERK_PAID_PLANS does not list it.",
                f"Add it: CLERK_PAID_PLANS={','.join([*sorted(self._find.plans.paid), names])}.",
            )
        return passed("CLERK_PAID_PLANS lists every plan that costs something.")


class _Template(msgspec.Struct):
    name: str
    claims: dict[str, Any] = {}
    lifetime: int = 0
    custom_signing_key: bool = False
    signing_algorithm: str = "RS256"


class TokenTemplate(Examination):
    """Examines the JWT template that the web app asks for, if the instance has it."""

    name = "token_template"
    needs = (BACKEND_API,)

    def __init__(self, backend: ClerkClient, rules: TokenRules) -> None:
        self._backend = backend
        self._rules = rules

    async def run(self) -> Finding:
        try:
            answer = await self._backend.send(ClerkRequest("GET", "/jwt_templates", ONCE))
            templates = msgspec.json.decode(answer.content, type=list[_Template])
        except IdentityProviderUnavailableError as error:
            return failed(str(error), "Try again.")
        except (ValueError, RecursionError):
            return failed("Clerk's list of JWT templates cannot be read.", "Look into Clerk.")
        template = next((each for each in templates if each.name == TEMPLATE), None)
        if template is None:
            return skipped(
                f"The instance has no JWT template {TEMPLATE}, which the web app asks for.",
                f"If the web app is used: JWT templates → New template, {TEMPLATE}, with"
                f' {{"aud": "{self._rules.audience}", {EMAIL_CLAIMS}}}.',
            )
        if faults := self._faults(template):
            return failed(
                f"The JWT template {TEMPLATE} {' and '.join(faults)}.",
                f"JWT templates → {TEMPLATE}: signed by Clerk's own key, valid for at most"
                f" {self._rules.max_lifetime} seconds (CLERK_MAX_TOKEN_AGE), with"
                f' {{"aud": "{self._rules.audience}", {EMAIL_CLAIMS}}}.',
            )
        return passed(f"{TEMPLATE} has the claims, and a lifetime of {template.lifetime} seconds.")

    def _faults(self, template: _Template) -> list[str]:
        claims, rules = template.claims, self._rules
        audience = claims.get("aud", rules.audience)
        audiences = audience if isinstance(audience, list) else [audience]
        faults = [f"lacks the claim {name}" for name in ("email", "email_verified")]
        return [
            *(each for each in faults if each.rpartition(" ")[2] not in claims),
            *([] if rules.audience in audiences else [f"is for the audience {audience}"]),
            *(
                [f"lives for {template.lifetime} seconds"]
                if template.lifetime > rules.max_lifetime
                else []
            ),
            *(
                ["has a signing key of its own"]
                if template.custom_signing_key or template.signing_algorithm != "RS256"
                else []
            ),
        ]
