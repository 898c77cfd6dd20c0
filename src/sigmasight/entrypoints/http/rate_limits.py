"""What is left of a quota, in headers (draft-ietf-httpapi-ratelimit-headers-10)."""

from datetime import datetime
from typing import Final

from sigmasight.domain.access.usage import next_period_start, period_start

QUOTA: Final = "ai-messages"


def rate_limit_headers(*, used: int, allowed: int | None, now: datetime) -> dict[str, str]:
    """Say how many messages there are and are left; nothing if unlimited.

    The policy's window is the calendar month, in seconds.
    """
    if allowed is None:
        return {}
    end = next_period_start(now)
    window = int((end - period_start(now)).total_seconds())
    left = int((end - now).total_seconds())
    return {
        "RateLimit-Policy": f'"{QUOTA}";q={allowed};w={window}',
        "RateLimit": f'"{QUOTA}";r={max(0, allowed - used)};t={left}',
    }
