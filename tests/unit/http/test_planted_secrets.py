"""No secret of a setting or a request is in any answer, log line or output of a command."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
import pytest
import structlog
from litestar.routes import HTTPRoute
from sqlalchemy.exc import IntegrityError
from structlog.typing import EventDict

import sigmasight
from sigmasight.adapters.telemetry import LoggedInviteAudit, LoggedWebhookMonitor
from sigmasight.domain.access.invites import InviteAudit
from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.clerk_events.inbox import WebhookMonitor
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import DatabaseUnavailableError, UserId
from sigmasight.entrypoints.cli.main import main
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.settings import Settings
from tests.support.builders import signing
from tests.support.builders.clerk_events import an_event
from tests.support.builders.password_tokens import a_legacy_token
from tests.support.builders.planted_secrets import (
    CODE,
    FORGED,
    FORMS,
    KEY,
    PASSWORD,
    ROW,
    SETTINGS,
    WEBHOOK_SECRETS,
    WRONG_CODE,
    WRONG_PASSWORD,
    secrets_in,
)
from tests.support.builders.users import a_user, bob
from tests.support.providers.application import OPERATOR, SUFFIXED_COOKIE, InMemoryApplication
from tests.unit.entrypoints.environment import Environment
from tests.unit.http.test_other_users_ids import BODIES, FILES
from tests.unit.http.test_routes import CONTRACT, LEGACY

PREFIX: Final = "/api/v1"
PARAMETER: Final = re.compile(r"\{\w+:(\w+)\}")
EXCEPTED: Final = {
    "/auth/login": "access_token",
    "/auth/refresh": "access_token",
    "/auth/api-keys": "key",
}
"""Their answer is the caller's own new token or key, which is what they are for."""
CLEO: Final = UserId(UUID(int=3))
FIELDS: Final = {
    "email": "cleo@example.com",
    "password": PASSWORD,
    "full_name": "Cleo",
    "name": "Savings",
    "account_name": "Broker",
}
REFUSED: Final[tuple[Mapping[str, Any], ...]] = (
    {"json": {**FIELDS, "password": WRONG_PASSWORD, "invite_code": WRONG_CODE}},
    {"json": {"password": [PASSWORD], "invite_code": {CODE: 1}, "email": PASSWORD}},
    {"json": [PASSWORD, CODE, FORGED]},
    {"content": f'{{"password": "{PASSWORD}", "invite_code": "{CODE}'.encode()},
    {"data": {"password": PASSWORD, "invite_code": CODE, "email": "ann@example.com"}},
    {"params": {"token": FORGED, "code": CODE, "limit": PASSWORD}},
    {"headers": {"Idempotency-Key": f"{KEY} {CODE}"}, "json": FIELDS},
    {"by": None, "headers": {"Authorization": f"Bearer {FORGED}"}},
    {"by": None, "headers": {"Authorization": f"Basic {FORGED}"}},
    {"by": None, "headers": {"Authorization": f"Bearer {PASSWORD}"}},
    {"by": None, "headers": {"Authorization": f"Bearer {a_legacy_token(secret=PASSWORD)}"}},
    {"by": None, "cookies": {"__session": FORGED, SUFFIXED_COOKIE: PASSWORD}},
)


class Application(InMemoryApplication):
    """Logs as in production, and as nothing but the log is of interest, with its monitors."""

    def _instances(self) -> Mapping[Any, object]:
        logged = {InviteAudit: LoggedInviteAudit(), WebhookMonitor: LoggedWebhookMonitor()}
        return {**super()._instances(), **logged}

    def reset(self, **about: Any) -> "Application":
        """Reset it to Ann, an operator, and Cleo, who has a password."""
        paying: dict[str, Any] = {
            "subscription": Subscription(Tier.PAID),
            "invite_validated": True,
            **about,
        }
        cleo: User = a_user(id=CLEO, clerk_user_id=None, email=FIELDS["email"], **paying)
        self.with_users(a_user(**paying), bob(clerk_user_id=OPERATOR, **paying), cleo)
        self.store.passwords[CLEO] = f"new:{PASSWORD}"
        return self


@dataclass
class Run:
    """An application, and what it has answered and logged."""

    api: Application
    lines: StringIO
    answers: list[tuple[str, int, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    """Valid ones that were sent or issued."""

    async def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = await self.api(method, path, **request)
        self.tokens.add(answer.request.headers.get("Authorization", "").removeprefix("Bearer "))
        text = f"{answer.headers}\n{answer.text}"
        if method == "POST" and path in EXCEPTED and answer.is_success:
            issued = answer.json()[EXCEPTED[path]]
            self.tokens.add(issued)
            text = text.replace(issued, "")
        self.answers.append((f"{method} {path}", answer.status_code, text))
        return answer

    @property
    def routes(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Iterate over all methods and paths, and what makes each a good request."""
        for route in self.api.app.routes:
            if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX):
                template = route.path.removeprefix(PREFIX)
                path = PARAMETER.sub(_example, template)
                for method in sorted(route.methods - {"OPTIONS"}):
                    yield method, path, _good_body(method, template)

    @property
    def statuses(self) -> set[int]:
        return {status for _, status, _ in self.answers}

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = map(json.loads, self.lines.getvalue().splitlines())
        return [line for line in lines if line["event"] == event]

    def leaks(self) -> list[tuple[str, set[str]]]:
        """Return the answers and lines with a secret, and which."""
        signatures = {token.rpartition(".")[2] for token in self.tokens} - {""}
        known = {**FORMS, **dict.fromkeys(signatures, "a signature")}
        texts = [f"{where}: {text}" for where, _, text in self.answers]
        texts += self.lines.getvalue().splitlines()
        return [(text, found) for text in texts if (found := secrets_in(text, known))]


def _example(parameter: re.Match[str]) -> str:
    return "AAPL" if parameter[1] == "str" else str(UUID(int=9))


def _good_body(method: str, template: str) -> dict[str, Any]:
    if template in FILES:
        return {"files": {"csv_file": ("positions.csv", FILES[template])}}
    if method == "GET":
        return {}
    newcomer = {"email": "new@example.com"} if template.endswith("/register") else {}
    specific = BODIES.get((method, template), {})
    return {"json": {**FIELDS, "invite_code": CODE, **newcomer, **specific}}


@pytest.fixture
def run(log: list[EventDict], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    del log  # captures lines before they are formatted, and is replaced here
    monkeypatch.setattr(logging.root, "handlers", [])
    level, lines = logging.root.level, StringIO()
    planted = {name.lower(): value for name, value in SETTINGS.items()}
    about = {**planted, "legacy_auth_enabled": True, "log_format": "json", "log_level": "DEBUG"}
    configure_logging(Settings.load(_env_file=None, **about), lines)
    structlog.configure(cache_logger_on_first_use=False)
    yield Run(Application(**about).reset(), lines)
    structlog.reset_defaults()
    logging.root.setLevel(level)


async def test_no_request_of_a_user_or_an_operator_shows_a_secret(run: Run) -> None:
    for method, path, request in run.routes:
        for caller in ({"by": OPERATOR}, {"headers": {"Idempotency-Key": KEY}}):
            run.api.reset()
            await run.send(method, path, **{**request, **caller})

    assert len(run.answers) == 2 * sum(path.startswith(PREFIX) for _, path in CONTRACT | LEGACY)
    assert {200, 201, 404} <= run.statuses
    assert {f"{PREFIX}{path}" for path in EXCEPTED} <= {
        line["path"] for line in run.logged("request") if line["status"] in {200, 201}
    }
    assert run.leaks() == []


async def test_no_request_with_an_api_key_shows_it(run: Run) -> None:
    key = (await run.send("POST", "/auth/api-keys", json={"name": "Notebook"})).json()["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    for method, path, request in run.routes:
        await run.send(method, path, **request, by=None, headers=bearer)
    await run.send("GET", "/usage", by=None, headers={"Authorization": f"Bearer {key}x"})

    assert {200, 401, 403} <= run.statuses
    assert run.leaks() == []


async def test_no_refused_request_shows_a_secret(run: Run) -> None:
    for method, path, _ in run.routes:
        for request in REFUSED:
            await run.send(method, path, **request)

    assert {400, 401} <= run.statuses
    assert run.leaks() == []


async def test_no_guess_shows_what_was_guessed(run: Run) -> None:
    run.api.reset(invite_validated=False)

    for _ in range(12):
        guess = {**FIELDS, "password": WRONG_PASSWORD, "invite_code": WRONG_CODE}
        await run.send("POST", "/onboarding/validate-invite", json=guess)
        await run.send("POST", "/auth/login", by=None, json=guess)

    assert {400, 401, 429} <= run.statuses
    assert run.logged("invite code refused")
    assert run.leaks() == []


def a_database_error() -> Exception:
    """Return what the driver and SQLAlchemy raise for a row that breaks a rule of its table."""
    refusal = asyncpg.CheckViolationError("The row violates a rule.")
    refusal.detail = f"Failing row contains (1, {ROW}, {PASSWORD})."
    error = IntegrityError("UPDATE users", {"it": ROW}, refusal, hide_parameters=True)
    error.__cause__ = refusal
    return error


def an_outage() -> Exception:
    outage = DatabaseUnavailableError()
    outage.__cause__ = a_database_error()
    return outage


async def test_no_failure_of_the_database_shows_a_value(run: Run) -> None:
    for method, path, request in run.routes:
        for failure in (a_database_error(), an_outage()):
            for of_callers in (False, True):
                run.api.reset().fail_with(failure, callers=of_callers)
                await run.send(method, path, **request)

    assert {500, 503} <= run.statuses
    assert run.logged("unhandled error")
    assert run.logged("unavailable")
    assert run.leaks() == []


async def test_no_webhook_shows_its_signature_or_our_secrets(run: Run) -> None:
    for number, event in enumerate((an_event("user.created", {"id": "user_x"}), b"{broken")):
        for secret in (*WEBHOOK_SECRETS, signing.SECRET):
            headers, body = signing.a_webhook(event, svix_id=f"msg_{number}", secret=secret)
            run.tokens.add(headers["svix-signature"].removeprefix("v1,"))
            await run.send("POST", "/webhooks/clerk", by=None, headers=headers, content=body)

    assert [status for _, status, _ in run.answers] == [200, 200, 401] * 2
    assert run.logged("webhook")
    assert run.leaks() == []


def test_no_form_of_the_settings_shows_a_secret(environment: Environment) -> None:
    settings = environment.load(**SETTINGS)

    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"

    assert secrets_in(shown) == set()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["info"], "litestar"), (["users", "list"], "The database cannot answer now.")],
)
def test_no_output_of_a_command_shows_a_secret(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    source = str(Path(sigmasight.__file__).parents[1])
    serving = {"CLERK_DOMAIN": "clerk.example.com", "PYTHONPATH": source, **SETTINGS}

    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", f"from {main.__module__} import main; main()", *arguments],
        cwd=tmp_path,
        env={**os.environ, **serving},
        capture_output=True,
        text=True,
        check=False,
    )

    shown = f"{done.stdout}{done.stderr}"
    assert says in shown
    assert secrets_in(shown) == set()
