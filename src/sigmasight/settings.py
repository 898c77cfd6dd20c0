"""Settings: read from the environment and `.env`, and validated at startup."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from hashlib import sha1
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    FilePath,
    NonNegativeInt,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, TierLimits
from sigmasight.setting_errors import SettingsError
from sigmasight.setting_types import (
    DatabaseUrl,
    Domain,
    HeaderValue,
    Issuer,
    Origins,
    PublishableKey,
    Rates,
    RsaPublicKey,
    Secrets,
    Texts,
    TierOverrides,
    Url,
    WebhookSecrets,
    frontend_domain,
)

RetentionDays = Annotated[int, Field(ge=7, le=36_500)]


class Settings(BaseSettings):
    """One field for each environment variable, which has the same name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: DatabaseUrl | None = None
    """If unset, the embedded Postgres is used."""
    database_prepared_statements: bool = True
    """False behind a transaction pooler that lacks them, such as PgBouncer before 1.21."""

    clerk_domain: Domain | None = None
    clerk_issuer: Issuer | None = None
    clerk_jwks_url: Url | None = None
    clerk_jwt_key: RsaPublicKey | None = None
    clerk_audience: str = "sigmasight.io"
    clerk_authorized_parties: Origins = []
    clerk_max_token_age: Annotated[int, Field(ge=60, le=366 * 86_400)] = 86_400
    """Seconds from a token's `iat` to its `exp`."""
    next_public_clerk_publishable_key: PublishableKey | None = None
    clerk_secret_key: HeaderValue | None = None
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
    openai_api_key: HeaderValue | None = None
    openai_base_url: Url | None = None
    openai_model: str | None = None
    openai_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 30

    bond_fund_duration: Annotated[float, Field(gt=0, le=100)] = 17
    risk_free_rate: Annotated[float, Field(ge=-0.1, le=1)] = 0
    """Continuously compounded; a fraction."""
    stress_scenarios_file: FilePath | None = None
    """If unset, the packaged scenarios are used."""
    worker_enabled: bool = True
    """Whether a server also runs background jobs."""

    snapshot_retention_days: RetentionDays = 400
    """After it, the last snapshot of each month stays."""
    run_retention_days: RetentionDays = 90
    webhook_retention_days: RetentionDays = 90
    audit_retention_days: Annotated[int, Field(ge=366, le=36_500)] = 1096

    drain_seconds: Annotated[float, Field(ge=0, le=300)] = 0
    """How long a server still answers after SIGTERM, without being ready."""
    rate_limits: Rates = {}
    """By route, such as `POST /api/v1/chat/send` or `*`: how many requests a client may send."""
    hsts_seconds: NonNegativeInt = 0
    """How long browsers are to use HTTPS alone; 0 leaves that to a proxy."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings; raise SettingsError if any are invalid."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError([sentence for _, sentence in _errors(error)]) from None

    @classmethod
    def load_valid(cls) -> tuple[Self, Mapping[str, str]]:
        """Read the settings, with the default of each invalid one.

        Return a sentence for each of these, by the field's name.
        """
        try:
            return cls(), {}
        except ValidationError as error:
            invalid = dict(_errors(error))
            defaults = {name: cls.model_fields[name].default for name in invalid}
            return cls(**defaults), invalid

    @classmethod
    def load_for_serving(cls, **overrides: Any) -> Self:
        """Read the settings; raise SettingsError if any are invalid or missing for a server."""
        settings = cls.load(**overrides)
        if errors := list(settings.missing()):
            raise SettingsError(errors)
        return settings

    def missing(self) -> Iterator[str]:
        """Yield a sentence for each setting that a server needs and lacks."""
        if not (self.clerk_issuer or self.domain):
            yield "CLERK_DOMAIN is missing: set your Clerk Frontend API domain, or CLERK_ISSUER."
        if not self.clerk_webhook_secret:
            yield "CLERK_WEBHOOK_SECRET is missing: webhooks are never accepted unverified."
        if self.invite_code_enabled and not self.beta_invite_code:
            yield "BETA_INVITE_CODE is missing: set a code, or INVITE_CODE_ENABLED=false."
        if self.legacy_auth_enabled and not self.secret_key:
            yield "SECRET_KEY is missing: LEGACY_AUTH_ENABLED=true needs it to sign tokens."

    @property
    def domain(self) -> str | None:
        """Clerk's Frontend API domain: the one that is set, else the publishable key's."""
        key = self.next_public_clerk_publishable_key
        return self.clerk_domain or (frontend_domain(key) if key else None)

    @property
    def issuer(self) -> str:
        return self.clerk_issuer or f"https://{self.domain}"

    @property
    def jwks_url(self) -> str:
        base = f"https://{self.domain}" if self.domain else self.issuer
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
    def entitlements(self) -> Mapping[str, Any]:
        """The settings that decide entitlements, by their names, as JSON has them."""
        return {
            "CLERK_PAID_PLANS": sorted(set(self.clerk_paid_plans)),
            "BILLING_GRACE_DAYS": self.billing_grace_days,
            "TIER_LIMITS": {tier.value: asdict(limits) for tier, limits in self.limits.items()},
        }

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.billing_grace_days)


def _errors(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield the name of each invalid field, and a sentence about it."""
    for each in error.errors():
        name = str(each["loc"][0]).lower()
        yield name, f"{name.upper()} {_sentence(each['msg'])}"


def _sentence(message: str) -> str:
    """Return pydantic's message as the rest of a sentence after the setting's name."""
    text = message.removeprefix("Value error, ")
    return f"{text[0].lower()}{text[1:]}.".replace("..", ".")
