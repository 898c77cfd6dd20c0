"""How the system is: what it depends on, looked at one by one."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sigmasight.domain.kernel import UnavailableError


class MigrationsPendingError(UnavailableError):
    code = "migrations_pending"

    def __init__(self) -> None:
        super().__init__("The database schema is not at this version.")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one thing is; `facts` are figures for whoever looks into it."""

    ok: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


class Check(Protocol):
    """Looks at one thing the system depends on."""

    name: str

    @abstractmethod
    async def run(self) -> CheckResult:
        """Return how it is; never raise for its being down."""
        raise NotImplementedError


class Schema(Protocol):
    """The database's schema."""

    @abstractmethod
    async def require_current(self) -> None:
        """Raise MigrationsPendingError, or the database's own error when it does not answer."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Health:
    """Looks at everything at once."""

    checks: Sequence[Check]

    async def __call__(self) -> Mapping[str, CheckResult]:
        findings = await asyncio.gather(*(check.run() for check in self.checks))
        return {check.name: finding for check, finding in zip(self.checks, findings, strict=True)}
