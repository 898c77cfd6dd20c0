"""Settings: read from the environment and `.env`, and validated at startup."""

import json
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    NonNegativeInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Tier, TierLimits
from sigmasight.domain.identity.password_login import PASSWORD_LOGIN_ISSUER

DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?")
ORIGIN: Final = re.compile(r"https?://[^/\s?#@*]+")
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
MIN_WEBHOOK_KEY_BYTES: Final = 16
MIN_RSA_BITS: Final = 2048
LAST_PORT: Final = 65_535


class SettingsError(Exception):
    """Invalid or missing settings: one sentence for each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part for raw in value.split(",") if (part := raw.strip())]
    return value


def _json(value: object) -> object:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError('must be JSON such as {"free": {"max_portfolios": 3}}') from None
    return value


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
    domain = _frontend_domain(value)
    if not domain:
        raise ValueError("must be a publishable key as shown in Clerk: pk_test_… or pk_live_…")
    _not_our_issuer(f"https://{domain}")
    return value


Split = [NoDecode, BeforeValidator(_split)]
Texts = Annotated[list[str], *Split]
Secrets = Annotated[list[SecretStr], *Split]
Origins = Annotated[list[Annotated[str, AfterValidator(_origin)]], *Split]
WebhookSecrets = Annotated[list[Annotated[SecretStr, AfterValidator(_webhook_secret)]], *Split]
PublishableKey = Annotated[str, AfterValidator(_publishable_key)]
Url = Annotated[str, AfterValidator(_public_url)]


class _TierOverride(BaseModel, extra="forbid"):
    max_portfolios: NonNegativeInt | None = None
    max_ai_messages: NonNegativeInt | None = None


TierOverrides = Annotated[dict[Tier, _TierOverride], NoDecode, BeforeValidator(_json)]


class Settings(BaseSettings):
    """One field for each environment variable, which has the same name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: SecretStr | None = None
    """If unset, the embedded Postgres is used."""
    database_prepared_statements: bool = True
    """False behind a transaction pooler that lacks them, such as PgBouncer before 1.21."""

    clerk_domain: Annotated[str, AfterValidator(_bare_domain)] | None = None
    clerk_issuer: Annotated[Url, AfterValidator(_not_our_issuer)] | None = None
    clerk_jwks_url: Url | None = None
    clerk_jwt_key: Annotated[str, AfterValidator(_rsa_public_key)] | None = None
    clerk_audience: str = "sigmasight.io"
    clerk_authorized_parties: Origins = []
    next_public_clerk_publishable_key: PublishableKey | None = None
    clerk_secret_key: SecretStr | None = None
    clerk_api_url: Url = "https://api.clerk.com/v1"
    clerk_webhook_secret: WebhookSecrets = []

    clerk_paid_plans: Texts = ["pro", "pro_user", "paid"]
    billing_grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    beta_invite_code: Secrets = []
    invite_code_enabled: bool = True
    tier_limits: TierOverrides = {}
    admin_clerk_user_ids: Texts = []
    cors_allowed_origins: Origins = []

    legacy_auth_enabled: bool = False
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
    openai_api_key: Annotated[SecretStr, AfterValidator(_header_value)] | None = None
    openai_base_url: Url | None = None
    openai_model: str | None = None
    openai_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 30

    bond_fund_duration: Annotated[float, Field(gt=0, le=100)] = 17
    worker_enabled: bool = True
    """Whether a server also runs background jobs."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings; raise SettingsError if any are invalid."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError(
                [f"{str(e['loc'][0]).upper()} {_sentence(e['msg'])}" for e in error.errors()]
            ) from None

    @classmethod
    def load_for_serving(cls, **overrides: Any) -> Self:
        """Read the settings; raise SettingsError if any are invalid or missing for a server."""
        settings = cls.load(**overrides)
        if errors := list(settings.missing()):
            raise SettingsError(errors)
        return settings

    def missing(self) -> Iterator[str]:
        """Yield a sentence for each setting that a server needs and lacks."""
        if not (self.clerk_issuer or self._domain):
            yield "CLERK_DOMAIN is missing: set your Clerk Frontend API domain, or CLERK_ISSUER."
        if not self.clerk_webhook_secret:
            yield "CLERK_WEBHOOK_SECRET is missing: webhooks are never accepted unverified."
        if self.invite_code_enabled and not self.beta_invite_code:
            yield "BETA_INVITE_CODE is missing: set a code, or INVITE_CODE_ENABLED=false."
        if self.legacy_auth_enabled and not self.secret_key:
            yield "SECRET_KEY is missing: LEGACY_AUTH_ENABLED=true needs it to sign tokens."

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        scheme = value and value.get_secret_value().partition("://")[0]
        if scheme not in {None, "postgresql", "postgres"}:
            raise ValueError("must start with postgresql://")
        if value and not _is_readable(value.get_secret_value()):
            raise ValueError(
                "must be postgresql://USER:PASSWORD@HOST:PORT/NAME; escape characters of the"
                " password such as / ? # [ ] (as %2F %3F %23 %5B %5D)"
            )
        return value

    @property
    def _domain(self) -> str | None:
        key = self.next_public_clerk_publishable_key
        return self.clerk_domain or (_frontend_domain(key) if key else None)

    @property
    def issuer(self) -> str:
        return self.clerk_issuer or f"https://{self._domain}"

    @property
    def jwks_url(self) -> str:
        base = f"https://{self._domain}" if self._domain else self.issuer
        return self.clerk_jwks_url or f"{base}/.well-known/jwks.json"

    @property
    def session_cookies(self) -> tuple[str, ...]:
        """The cookies that may carry a session token, the more specific one first.

        The suffix separates Clerk applications on one domain (clerk/javascript, `getCookieSuffix`).
        """
        if key := self.next_public_clerk_publishable_key:
            digest = sha1(key.encode(), usedforsecurity=False).digest()
            return (f"__session_{urlsafe_b64encode(digest)[:8].decode()}", "__session")
        return ("__session",)

    @property
    def origins(self) -> frozenset[str]:
        """The origins from which a cookie may authorize changes."""
        return frozenset((*self.clerk_authorized_parties, *self.cors_allowed_origins))

    @property
    def limits(self) -> TierLimits:
        """The limits of each tier: the defaults, overridden by TIER_LIMITS."""
        return {
            tier: replace(default, **override.model_dump(exclude_unset=True))
            if (override := self.tier_limits.get(tier))
            else default
            for tier, default in DEFAULT_LIMITS.items()
        }

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.billing_grace_days)


def _is_readable(database_url: str) -> bool:
    """Return whether hosts and ports can be parsed; if not, the driver's error has the password."""
    try:
        hosts = urlsplit(database_url).netloc.rpartition("@")[2].split(",")
    except ValueError:
        return False
    ports = [host.rpartition("]")[2].partition(":")[2] for host in hosts]
    return all(not port or (port.isdecimal() and 0 < int(port) <= LAST_PORT) for port in ports)


def _frontend_domain(publishable_key: str) -> str | None:
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


def _sentence(message: str) -> str:
    """Return pydantic's message as the rest of a sentence after the setting's name."""
    text = message.removeprefix("Value error, ")
    return f"{text[0].lower()}{text[1:]}.".replace("..", ".")
