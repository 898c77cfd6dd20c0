"""Health checks of the system's dependencies."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from sigmasight.domain.kernel import UnavailableError


class MigrationsPendingError(UnavailableError):
    code = "migrations_pending"

    def __init__(self) -> None:
        super().__init__("The database schema is not at this version.")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's result; `facts` are figures for diagnosis, which anybody may read."""

    ok: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    """What broke the check, for the log."""


class Check(Protocol):
    """Checks one dependency."""

    name: str

    @abstractmethod
    async def run(self) -> CheckResult:
        """Return the result; never raise because the dependency is down."""


class Schema(Protocol):
    """The database's schema."""

    @abstractmethod
    async def require_current(self) -> None:
        """Raise MigrationsPendingError, or DatabaseUnavailableError.

        A schema of a later version is accepted: while servers are updated one after the other,
        those of the version before go on serving.
        """


@dataclass(frozen=True, slots=True)
class Health:
    """Runs all checks concurrently."""

    checks: Sequence[Check]

    async def __call__(self) -> Mapping[str, CheckResult]:
        findings = await asyncio.gather(*(_result(check) for check in self.checks))
        return {check.name: finding for check, finding in zip(self.checks, findings, strict=True)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure at this moment."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class Meter(Protocol):
    """Reads figures of one dependency."""

    @abstractmethod
    async def read(self) -> Sequence[Reading]:
        """Return the figures; raise UnavailableError if the dependency is down."""


@dataclass(frozen=True, slots=True)
class Meters:
    """Reads all meters; one whose dependency is down says nothing."""

    meters: Sequence[Meter]

    async def __call__(self) -> Sequence[Reading]:
        readings: list[Reading] = []
        for meter in self.meters:
            with suppress(UnavailableError):
                readings += await meter.read()
        return readings


async def _result(check: Check) -> CheckResult:
    """Return a check's result; one that breaks is failing, whatever broke it."""
    try:
        return await check.run()
    except Exception as error:  # noqa: BLE001  the other checks are still worth knowing
        return CheckResult(ok=False, facts={"error": "check_broken"}, error=error)
