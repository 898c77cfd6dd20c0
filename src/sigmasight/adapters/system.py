"""The machine's own clock."""

from datetime import UTC, datetime

from sigmasight.domain.kernel import Clock


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  the one place that may
