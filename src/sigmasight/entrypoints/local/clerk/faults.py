"""Faults planted into the stand-in's Backend API, for those who test what they lead to."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from litestar import Response

from sigmasight.entrypoints.local.clerk.state import fault


@dataclass
class Faults:
    """Statuses the next requests get instead of an answer, and how many requests there were."""

    planted: deque[tuple[int, str | None]] = field(default_factory=deque)
    requests: int = 0

    def plant(self, *statuses: int, retry_after: str | None = None) -> None:
        self.planted.extend((status, retry_after) for status in statuses)

    def next(self) -> Response[dict[str, Any]] | None:
        """Return what this request gets, if it gets no answer."""
        self.requests += 1
        if not self.planted:
            return None
        status, retry_after = self.planted.popleft()
        return Response(
            fault("planted_fault", f"A fault of status {status} was planted here."),
            status_code=status,
            headers={} if retry_after is None else {"Retry-After": retry_after},
        )
