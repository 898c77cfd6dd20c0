"""Types of settings: what their values must look like."""

import json
import re
from base64 import b64decode
from typing import Annotated, Final
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from limits import parse as parse_rate
from pydantic import AfterValidator, BaseModel, BeforeValidator, NonNegativeInt, SecretStr
from pydantic_settings import NoDecode

from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.identity.password_login import PASSWORD_LOGIN_ISSUER

DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?")
ORIGIN: Final = re.compile(r"https?://[^/\s?#@*]+")
RATED_ROUTE: Final = re.compile(r"\*|(?:[A-Z]+ )?/[!#-[\]-~]*")
"""`*`, or a path, perhaps with a method."""
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
MIN_WEBHOOK_KEY_BYTES: Final = 16
MIN_RSA_BITS: Final = 2048
LAST_PORT: Final = 65_535


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part for raw in value.split(",") if (part := raw.strip())]
    return value


def _json_like(example: str) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                raise ValueError(f"must be JSON such as {example}") from None
        return value

    return BeforeValidator(read)


def _origin(value: str) -> str:
    origin = value.rstrip("/")
    if not ORIGIN.fullmatch(origin):
        raise ValueError("must be origins such as https://app.example.com, comma-separated")
    return origin


def _webhook_secret(value: SecretStr) -> SecretStr:
    try:
        key = b64decode(value.get_secret_value().removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if len(key) < MIN_WEBHOOK_KEY_BYTES:
        raise ValueError("must be signing secrets as shown in Clerk: whsec_ and base64")
    return value


def _public_url(value: str) -> str:
    url = urlsplit(value)
    if url.hostname and (
        url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
    ):
        return value.rstrip("/")
    raise ValueError("must be an https:// address (http:// only on this machine)")


def _header_value(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise ValueError("must be a key as shown by its provider: printable ASCII without spaces")
    return value


def _not_our_issuer(issuer: str) -> str:
    if issuer.lower() == PASSWORD_LOGIN_ISSUER:
        raise ValueError("must not be the issuer of the tokens of password login")
    return issuer


def _bare_domain(value: str) -> str:
    if not DOMAIN.fullmatch(value):
        raise ValueError("must be a bare domain such as clerk.example.com")
    _not_our_issuer(f"https://{value}")
    return value


def _rsa_public_key(value: str) -> str:
    pem = value.replace("\\n", "\n")
    try:
        key = RSAKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        raise ValueError("must be an RSA public key in PEM form") from None
    if key.public_key.key_size < MIN_RSA_BITS:
        raise ValueError(f"must be an RSA key of at least {MIN_RSA_BITS} bits")
    return pem


def _publishable_key(value: str) -> str:
    domain = frontend_domain(value)
    if not domain:
        raise ValueError("must be a publishable key as shown in Clerk: pk_test_… or pk_live_…")
    _not_our_issuer(f"https://{domain}")
    return value


def _postgres_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url.partition("://")[0] not in {"postgresql", "postgres"}:
        raise ValueError("must start with postgresql://")
    if not _is_readable(url):
        raise ValueError(
            "must be postgresql://USER:PASSWORD@HOST:PORT/NAME; escape characters of the"
            " password such as / ? # [ ] (as %2F %3F %23 %5B %5D)"
        )
    return value


Split = [NoDecode, BeforeValidator(_split)]
Texts = Annotated[list[str], *Split]
Secrets = Annotated[list[SecretStr], *Split]
Origins = Annotated[list[Annotated[str, AfterValidator(_origin)]], *Split]
WebhookSecrets = Annotated[list[Annotated[SecretStr, AfterValidator(_webhook_secret)]], *Split]
PublishableKey = Annotated[str, AfterValidator(_publishable_key)]
Url = Annotated[str, AfterValidator(_public_url)]
Issuer = Annotated[Url, AfterValidator(_not_our_issuer)]
Domain = Annotated[str, AfterValidator(_bare_domain)]
RsaPublicKey = Annotated[str, AfterValidator(_rsa_public_key)]
HeaderValue = Annotated[SecretStr, AfterValidator(_header_value)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]


class TierOverride(BaseModel, extra="forbid"):
    max_portfolios: NonNegativeInt | None = None
    max_ai_messages: NonNegativeInt | None = None


TierOverrides = Annotated[
    dict[Tier, TierOverride], NoDecode, _json_like('{"free": {"max_portfolios": 3}}')
]


def _routes_with_rates(rates: dict[str, str]) -> dict[str, str]:
    for route, rate in rates.items():
        if not RATED_ROUTE.fullmatch(route):
            raise ValueError(f"names {route!r}: a route is *, /path, /path* or METHOD /path")
        try:
            amount = parse_rate(rate).amount
        except ValueError:
            amount = 0
        if not amount:
            raise ValueError(f"has {rate!r} for {route!r}: a rate is such as 600/minute")
    return rates


Rates = Annotated[
    dict[str, str],
    NoDecode,
    _json_like('{"POST /api/v1/chat/send": "20/minute"}'),
    AfterValidator(_routes_with_rates),
]


def _is_readable(database_url: str) -> bool:
    """Return whether hosts and ports can be parsed; if not, the driver's error has the password."""
    try:
        hosts = urlsplit(database_url).netloc.rpartition("@")[2].split(",")
    except ValueError:
        return False
    ports = [host.rpartition("]")[2].partition(":")[2] for host in hosts]
    return all(not port or (port.isdecimal() and 0 < int(port) <= LAST_PORT) for port in ports)


def frontend_domain(publishable_key: str) -> str | None:
    """Return the Frontend API domain in a publishable key: `pk_live_` and base64 of `host$`."""
    match = re.fullmatch(r"pk_(?:test|live)_([A-Za-z0-9+/_-]+=*)", publishable_key)
    if not match:
        return None
    encoded = match[1].rstrip("=")
    try:
        domain = b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_").decode("ascii")
    except ValueError:
        return None
    return domain[:-1] if domain.endswith("$") and DOMAIN.fullmatch(domain[:-1]) else None
