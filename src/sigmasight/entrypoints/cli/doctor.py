"""`sigmasight doctor`: what is wrong with this set-up, and what to do about it."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Final

import rich_click as click
from rich.console import Console

from sigmasight.domain.diagnosis import Diagnose, Finding, Verdict
from sigmasight.entrypoints.cli.output import Mark, Output, prints
from sigmasight.entrypoints.cli.shared import FOUND
from sigmasight.entrypoints.composition import build_container, existing_database
from sigmasight.entrypoints.composition.diagnosis import Diagnosis, DiagnosisTarget
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.settings import Settings

STDIN: Final = "-"


@click.command(name="doctor")
@click.option(
    "--token",
    envvar="SIGMASIGHT_TOKEN",
    show_envvar=True,
    help="A session token to verify; - reads it from standard input.",
)
@click.option(
    "--server",
    metavar="URL",
    help="A running server to deliver a signed webhook to, such as https://api.example.com.",
)
@prints
def doctor_command(token: str | None, server: str | None, *, output: Output) -> None:
    """Check settings, database, Clerk, webhooks, model and clock: exit code 1 means a fault.

    Nothing is changed. A server given with --server stores the delivery, as ignored.
    """
    settings, invalid = Settings.load_valid()
    settings = settings.model_copy(update={"legacy_auth_enabled": False, "log_level": "CRITICAL"})
    configure_logging(settings, sys.stderr)
    target = DiagnosisTarget(
        invalid=invalid, dsn=None, token=_read(token), server=server and server.rstrip("/")
    )
    with _progress(), existing_database(settings) as dsn:
        usable = None if "database_url" in invalid else dsn
        findings = asyncio.run(_diagnose(settings, replace(target, dsn=usable)))
    output.checklist([_row(name, finding) for name, finding in findings.items()])
    if any(finding.verdict is Verdict.FAILED for finding in findings.values()):
        sys.exit(FOUND)


async def _diagnose(settings: Settings, target: DiagnosisTarget) -> Mapping[str, Finding]:
    container = build_container(
        settings.model_copy(update={"stress_scenarios_file": None}), Diagnosis(target, settings)
    )
    try:
        return await (await container.get(Diagnose))()
    finally:
        await container.close()


def _read(token: str | None) -> str | None:
    return sys.stdin.read().strip() if token == STDIN else token


def _progress() -> AbstractContextManager[object]:
    return Console(stderr=True).status("Checking …") if sys.stderr.isatty() else nullcontext()


def _row(name: str, finding: Finding) -> Mapping[str, object]:
    return {
        "verdict": Mark(finding.verdict.value),
        "check": name,
        "detail": finding.detail,
        "remedy": finding.remedy,
    }
