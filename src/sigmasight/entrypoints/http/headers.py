"""Request and response headers: idempotency keys and rate limits."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from litestar.params import HeaderParameter

from sigmasight.domain.access.usage import IdempotencyKey, next_period_start, period_start

KEY: Final = r"^[\x21-\x7e]+$"

KeyHeader = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", max_length=255, pattern=KEY)
]


def read_idempotency_key(text: str | None, body: msgspec.Struct) -> IdempotencyKey | None:
    """Return a request's idempotency key, if it has one, with the hash of its body."""
    if text is None:
        return None
    encoded = msgspec.json.encode(body, order="deterministic")
    return IdempotencyKey(text, sha256(encoded).hexdigest())


QUOTA: Final = "ai-messages"


def rate_limit_headers(*, used: int, allowed: int | None, now: datetime) -> dict[str, str]:
    """Return the rate-limit headers of AI messages; none if they are unlimited.

    The window of the policy is the calendar month, in seconds.
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
