"""Failures injected into the local Clerk's Backend API, for tests of how the API handles them."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from litestar import Response

from sigmasight.entrypoints.local.clerk.state import error_body


@dataclass
class FailureInjector:
    """Queues failures for the next requests, and counts all requests."""

    queue: deque[tuple[int, str | None]] = field(default_factory=deque)
    requests: int = 0

    def inject(self, *statuses: int, retry_after: str | None = None) -> None:
        self.queue.extend((status, retry_after) for status in statuses)

    def next_response(self) -> Response[dict[str, Any]] | None:
        """Return the failure queued for this request, if there is one."""
        self.requests += 1
        if not self.queue:
            return None
        status, retry_after = self.queue.popleft()
        return Response(
            error_body("injected_failure", f"An injected failure with status {status}."),
            status_code=status,
            headers={} if retry_after is None else {"Retry-After": retry_after},
        )
