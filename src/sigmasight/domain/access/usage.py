"""AI messages: counted per user and calendar month, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime


def period_start(at: datetime) -> datetime:
    """Return the first instant of that instant's calendar month, in UTC."""
    at = _in_utc(at)
    return datetime(at.year, at.month, 1, tzinfo=UTC)


def next_period_start(at: datetime) -> datetime:
    """Return the first instant of the calendar month after that instant's, in UTC."""
    at = _in_utc(at)
    return datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)


def _in_utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class MessageCounter:
    """How many messages were taken, and when the counting last began."""

    used: int
    reset_at: datetime

    def used_at(self, now: datetime) -> int:
        """Return how many count at that instant: none once a new month has begun.

        A clock that steps back resets nothing.
        """
        return 0 if self.reset_at < period_start(now) else self.used
