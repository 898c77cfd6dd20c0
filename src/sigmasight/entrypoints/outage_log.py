"""What a worker logs about an outage: its cause and remedy once and now and then, and its end."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

import structlog

from sigmasight.domain.kernel import DatabaseUnavailableError, UnavailableError
from sigmasight.entrypoints.remedies import REMEDIES

REMINDER_SECONDS: Final = 30.0
OPERATOR_REMEDIES: Final[Mapping[str, str]] = {
    **REMEDIES,
    DatabaseUnavailableError.code: (
        "Check DATABASE_URL, and that Postgres runs and accepts connections from this machine."
    ),
}

Timer = Callable[[], float]
"""Returns seconds that only grow."""

logger = structlog.stdlib.get_logger()


class OutageLog:
    def __init__(self, timer: Timer = monotonic) -> None:
        self._timer = timer
        self._code: str | None = None
        self._logged_at = 0.0

    def failed(self, error: UnavailableError) -> None:
        """Log an outage that begins, changes its kind, or was last logged 30 seconds ago."""
        now = self._timer()
        if error.code == self._code and now - self._logged_at < REMINDER_SECONDS:
            return
        self._code, self._logged_at = error.code, now
        logger.warning(
            "worker waits", error=_cause(error), remedy=OPERATOR_REMEDIES.get(error.code)
        )

    def ended(self) -> None:
        """Log the end of an outage, if there was one."""
        if self._code is not None:
            logger.info("worker resumed")
            self._code = None


def _cause(error: UnavailableError) -> str:
    """Return in one line why the dependency does not answer."""
    cause = error.__cause__
    if cause is None:
        return str(error)
    return " ".join(f"{type(cause).__name__}: {cause}".split()).rstrip(":")
