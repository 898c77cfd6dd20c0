"""The examinations that `sigmasight doctor` makes with these settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
from dishka import Provider, Scope, provide

from sigmasight.adapters.clerk.client import ClerkClient
from sigmasight.adapters.diagnosis.clerk import (
    BackendApiAnswers,
    IssuerAnswers,
    KeysUsable,
    PlansListed,
    TokenTemplate,
)
from sigmasight.adapters.diagnosis.clock import ClocksAgree
from sigmasight.adapters.diagnosis.database import (
    DatabaseAnswers,
    DatabaseRights,
    MigrationsApplied,
)
from sigmasight.adapters.diagnosis.pooler import PreparedStatementsSurvive
from sigmasight.adapters.diagnosis.session_token import TokenAccepted
from sigmasight.adapters.diagnosis.webhook_secret import WebhookSecretAccepted
from sigmasight.adapters.postgres.embedded import HOME
from sigmasight.adapters.stress_scenarios import StressScenarios
from sigmasight.domain.billing import BillingRecords, FindUnlistedPlans, Plans
from sigmasight.domain.clerk_events.events import EventReader
from sigmasight.domain.diagnosis import (
    Diagnose,
    Examination,
    Finding,
    Omission,
    failed,
    passed,
    skipped,
)
from sigmasight.domain.identity.sessions import SessionTokens
from sigmasight.domain.kernel import Clock, count_noun
from sigmasight.entrypoints.composition.adapters import token_rules
from sigmasight.setting_types import frontend_domain
from sigmasight.settings import Settings

ISSUER: Final = ("clerk_domain", "clerk_issuer", "next_public_clerk_publishable_key")
KEYS: Final = (*ISSUER, "clerk_jwks_url", "clerk_jwt_key")
BACKEND: Final = ("clerk_secret_key", "clerk_api_url")
CLAIMS: Final = ("clerk_audience", "clerk_authorized_parties", "clerk_max_token_age")
READ_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "database": ("database_url",),
    "rights": ("database_url",),
    "migrations": ("database_url",),
    "pooler": ("database_url", "database_prepared_statements"),
    "issuer": ISSUER,
    "keys": KEYS,
    "backend_api": BACKEND,
    "plans": (*BACKEND, "clerk_paid_plans"),
    "token_template": (*BACKEND, *CLAIMS),
    "token": (*KEYS, *CLAIMS),
    "webhook_secret": ("clerk_webhook_secret",),
    "model": ("openai_api_key", "openai_base_url", "openai_model"),
}
"""The settings that an examination reads: it cannot be made if one of them is invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisTarget:
    """What to examine besides the settings."""

    invalid: Mapping[str, str] = field(default_factory=dict)
    """Sentences about invalid settings, by the field's name."""
    dsn: str | None
    """None if there is no database yet."""
    token: str | None = None
    server: str | None = None


class Diagnosis(Provider):
    """Adds Diagnose to the container."""

    scope = Scope.APP

    def __init__(self, target: DiagnosisTarget, settings: Settings) -> None:
        super().__init__()
        self._target = target
        self._settings = _settings_finding(settings, target.invalid)

    @provide
    def diagnose(  # noqa: PLR0913  what the examinations use
        self,
        *,
        settings: Settings,
        client: httpx.AsyncClient,
        backend: ClerkClient,
        records: BillingRecords,
        plans: Plans,
        tokens: SessionTokens,
        reader: EventReader,
        clock: Clock,
    ) -> Diagnose:
        has_issuer = bool(settings.clerk_issuer or settings.domain)
        clerk_url = settings.jwks_url if has_issuer else None
        rules = token_rules(settings)
        makers: dict[str, Callable[[], Examination]] = {
            **self._of_database(settings),
            "issuer": lambda: IssuerAnswers(
                client,
                settings.issuer,
                frontend_domain(settings.next_public_clerk_publishable_key or ""),
                needs_network=settings.clerk_jwt_key is None,
            ),
            "keys": lambda: KeysUsable(client, settings.jwks_url, settings.clerk_jwt_key),
            "backend_api": lambda: BackendApiAnswers(backend, client, settings.jwks_url),
            "plans": lambda: PlansListed(FindUnlistedPlans(records, plans)),
            "token_template": lambda: TokenTemplate(backend, rules),
            "token": lambda: TokenAccepted(self._target.token or "", tokens, rules),
            "webhook_secret": lambda: WebhookSecretAccepted(
                [each.get_secret_value() for each in settings.clerk_webhook_secret],
                reader,
                clock,
                client,
                self._target.server,
            ),
            "model": lambda: _model(settings),
        }
        omissions = _omissions(settings, self._target, has_issuer=has_issuer)
        return Diagnose(
            [
                Omission("settings", self._settings),
                *(
                    Omission(name, omissions[name]) if name in omissions else make()
                    for name, make in makers.items()
                ),
                ClocksAgree(clock, client, clerk_url, self._target.dsn),
            ]
        )

    def _of_database(self, settings: Settings) -> dict[str, Callable[[], Examination]]:
        dsn = self._target.dsn or ""
        prepared = settings.database_prepared_statements
        return {
            "database": lambda: DatabaseAnswers(dsn),
            "rights": lambda: DatabaseRights(dsn),
            "migrations": lambda: MigrationsApplied(dsn),
            "pooler": lambda: PreparedStatementsSurvive(dsn, prepared=prepared),
        }


def _settings_finding(settings: Settings, invalid: Mapping[str, str]) -> Finding:
    sentences = list(invalid.values())
    sentences += [
        sentence
        for sentence in settings.missing()
        if sentence.partition(" ")[0].lower() not in invalid
    ]
    try:
        StressScenarios(settings.stress_scenarios_file)
    except ValueError as error:
        sentences.append(f"STRESS_SCENARIOS_FILE is not valid: {error}.")
    if sentences:
        count = count_noun(len(sentences), "setting is", "settings are")
        return failed(f"{count} invalid or missing.", " ".join(sentences))
    return passed("Every required setting is there, and all are valid.")


def _omissions(
    settings: Settings, target: DiagnosisTarget, *, has_issuer: bool
) -> Mapping[str, Finding]:
    """Return why examinations cannot be made, by their names."""
    absent: dict[str, Finding] = {}
    if target.dsn is None:
        reason = skipped(
            "DATABASE_URL is not set, and there is no embedded database here.",
            f"Set it; without it, sigmasight dev and run make a database in {HOME}.",
        )
        absent |= dict.fromkeys(("database", "rights", "migrations", "pooler"), reason)
    if not has_issuer:
        reason = skipped(
            "CLERK_DOMAIN is not set.", "Set it; sigmasight dev has a Clerk of its own."
        )
        absent |= dict.fromkeys(("issuer", "keys", "token"), reason)
    if settings.clerk_secret_key is None:
        reason = skipped(
            "CLERK_SECRET_KEY is not set.", "Set it, for the Backend API and what is asked of it."
        )
        absent |= dict.fromkeys(("backend_api", "plans", "token_template"), reason)
    if not target.token:
        absent.setdefault(
            "token",
            skipped(
                "There is no token to verify.",
                "Pass one that the web app sends: --token -, or SIGMASIGHT_TOKEN.",
            ),
        )
    if not settings.clerk_webhook_secret:
        absent["webhook_secret"] = skipped("CLERK_WEBHOOK_SECRET is not set.", "Set it.")
    if not (settings.openai_api_key or settings.openai_base_url):
        absent["model"] = skipped(
            "The offline analyst answers, which needs no server.",
            "Set OPENAI_API_KEY, or OPENAI_BASE_URL, for a language model.",
        )
    for name, read in READ_SETTINGS.items():
        if wrong := [each.upper() for each in read if each in target.invalid]:
            absent[name] = skipped(f"{' and '.join(wrong)} cannot be used.", "See settings.")
    return absent


def _model(settings: Settings) -> Examination:
    # Imported only where it is needed: the SDK takes a second to import.
    from sigmasight.adapters.diagnosis.language_model import ModelAnswers  # noqa: PLC0415

    secret = settings.openai_api_key
    return ModelAnswers(
        key=secret.get_secret_value() if secret else None,
        base_url=settings.openai_base_url,
        model=settings.openai_model,
    )
