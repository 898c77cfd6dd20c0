"""The progress of a calculation: its phases, and a log that a person reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_LOG_ENTRIES = 50
"""How many entries a run stores: the last ones."""


class Phase(StrEnum):
    """The phases of an attempt, in their order."""

    POSITIONS = "positions"
    PRICES = "prices"
    FIGURES = "figures"
    RESULTS = "results"

    @property
    def description(self) -> str:
        return TITLES[self][0]

    @property
    def unit(self) -> str:
        """What its progress counts."""
        return TITLES[self][1]


TITLES = {
    Phase.POSITIONS: ("Reading the positions", "positions"),
    Phase.PRICES: ("Reading their prices", "symbols"),
    Phase.FIGURES: ("Calculating the figures", "positions"),
    Phase.RESULTS: ("Storing the results", "snapshots"),
}


class LogLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    at: datetime
    message: str
    level: LogLevel = LogLevel.INFO
    attempt: int = 0
    """0 before the first attempt."""
    phase: Phase | None = None
    """The phase that this entry completes."""
    count: int = 0
    """How many of the phase's units were processed."""


class PhaseStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseProgress:
    """A phase of a run's last attempt."""

    phase: Phase
    status: PhaseStatus
    count: int = 0
    total: int = 0
    """0 while it is unknown."""
    duration: timedelta | None = None
    """None until it is completed."""


def phases_of(log: Sequence[LogEntry], *, attempt: int, failed: bool) -> Sequence[PhaseProgress]:
    """Return the phases of an attempt; the first that is not completed is running, or failed."""
    return list(_phases([each for each in log if each.attempt == attempt], failed=failed))


def _phases(log: Sequence[LogEntry], *, failed: bool) -> Iterator[PhaseProgress]:
    unfinished = PhaseStatus.FAILED if failed else PhaseStatus.RUNNING
    places = {entry.phase: place for place, entry in enumerate(log) if entry.phase}
    held = next((entry.count for entry in log if entry.phase is Phase.POSITIONS), 0)
    for phase in Phase:
        if (place := places.get(phase)) is None:
            total = held if phase is Phase.FIGURES else 0
            yield PhaseProgress(phase=phase, status=unfinished, total=total)
            unfinished = PhaseStatus.PENDING
        else:
            entry = log[place]
            began = log[place - 1].at if place else entry.at
            yield PhaseProgress(
                phase=phase,
                status=PhaseStatus.COMPLETED,
                count=entry.count,
                total=entry.count,
                duration=max(entry.at - began, timedelta()),
            )
