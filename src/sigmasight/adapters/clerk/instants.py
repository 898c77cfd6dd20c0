"""Clerk's instants: milliseconds since the epoch, in examples of its own also seconds."""

from datetime import UTC, datetime
from typing import Final

SECONDS_END: Final = 100_000_000_000
"""Read as seconds this is the year 5138, as milliseconds 1973: nothing of Clerk's is in between."""


def instant(value: float) -> datetime:
    """Return the instant; raise ValueError for one no calendar has."""
    try:
        return datetime.fromtimestamp(value if value < SECONDS_END else value / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value} is no instant") from error
