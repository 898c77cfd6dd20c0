"""AI messages: counted per user and calendar month, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime


def period_start(at: datetime) -> datetime:
    """Return the first instant of that instant's calendar month, in UTC."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_period_start(at: datetime) -> datetime:
    """Return the first instant of the calendar month after that instant's, in UTC."""
    start = period_start(at)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


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
