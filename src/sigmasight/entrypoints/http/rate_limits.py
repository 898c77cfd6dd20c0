"""Rate limits by client and route, if RATE_LIMITS sets any; each process counts by itself.

Headers: RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers.
"""

import math
import re
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sigmasight.domain.access.attempts import network_of
from sigmasight.domain.kernel import QuotaError

EVERY: Final = "*"
UNCOUNTED: Final = ("/health", "/metrics", "/api/v1/health", "/api/v1/metrics", "/api/v1/webhooks")
"""What `*` leaves out: probes, and Clerk's webhooks, which come from few addresses."""


class RateLimitedError(QuotaError):
    """The client has sent more requests than a rate allows."""

    code = "rate_limited"

    def __init__(self, rate: str, retry_after: float, headers: Mapping[str, str]) -> None:
        super().__init__(f"Too many requests: at most {rate} of this kind. Try again later.")
        self.retry_after = retry_after
        self.headers: Final = headers


class Rule(NamedTuple):
    """A rate, and the requests that count towards it."""

    name: str
    item: RateLimitItem
    method: str
    """Empty for all."""
    path: str
    """A path as the API's description has it; with `*` at its end, all that begin so."""

    @classmethod
    def parsed(cls, name: str, rate: str) -> "Rule":
        method, _, path = name.rpartition(" ")
        return cls(name, parse(rate), method, path)

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a request counts; `path` is its route's template."""
        if self.path == EVERY:
            return not path.startswith(UNCOUNTED)
        is_path = (
            path.startswith(self.path[:-1]) if self.path.endswith(EVERY) else path == self.path
        )
        return is_path and self.method in {"", method}


class RateLimits(ASGIMiddleware):
    """Refuses a client's requests beyond the rates, and states what is left."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._rules = [Rule.parsed(name, rate) for name, rate in rates.items()]
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        client = network_of(scope["client"][0] if scope["client"] else None)
        headers = await self._count(client, *_route_of(scope))
        added = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await next_app(scope, receive, send_with_limits)

    async def _count(self, client: str, method: str, path: str) -> Mapping[str, str]:
        """Count a request, and return what is left; raise RateLimitedError."""
        policies: list[str] = []
        states: list[str] = []
        for rule in self._rules:
            if not rule.covers(method, path):
                continue
            is_allowed = await self._limiter.hit(rule.item, rule.name, client)
            window = await self._limiter.get_window_stats(rule.item, rule.name, client)
            left = math.ceil(max(0.0, window.reset_time - time.time()))
            policies.append(f'"{rule.name}";q={rule.item.amount};w={rule.item.get_expiry()}')
            states.append(f'"{rule.name}";r={window.remaining};t={left}')
            headers = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
            if not is_allowed:
                raise RateLimitedError(str(rule.item), left, headers)
        return headers if policies else {}


def _route_of(scope: Any) -> tuple[str, str]:
    """Return a request's method, and its path as the API's description has it."""
    return scope["method"], re.sub(r"{(\w+):\w+}", r"{\1}", scope["path_template"])
