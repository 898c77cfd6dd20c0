"""Middleware for the id, the log line and the metrics of each request."""

import re
from functools import cache
from random import getrandbits
from time import perf_counter
from typing import Any, Final

import structlog
from litestar.types import ASGIApp, Message, Receive, Send
from prometheus_client import Counter, Histogram

from sigmasight.entrypoints.http.security_headers import SecurityHeaders

REQUEST_ID_HEADER: Final = "X-Request-ID"
REQUEST_ID: Final = re.compile(rb"[\w.:-]{1,128}", re.ASCII)
REFUSED: Final = frozenset({401, 403, 429})
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED: Final = "unmatched"
"""The route of a request that no route matches, whatever its path."""
PARAMETER_TYPE: Final = re.compile(r":\w+}")
DURATIONS: Final = Histogram(
    "sigmasight_http_request_duration_seconds",
    "Requests by method, route and status; streams last as long as they are open.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
PROBLEMS: Final = Counter("sigmasight_http_problems", "Refused requests by error code.", ["code"])


def log_requests(app: ASGIApp, security: SecurityHeaders) -> ASGIApp:
    """Give each request an id (the client's own, if it is plain) and log its outcome."""
    log = structlog.stdlib.get_logger().bind().info

    async def logged(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        header = (REQUEST_ID_HEADER.lower().encode(), request_id.encode())
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*security.added_to(message["headers"]), header]
            await send(message)

        start = perf_counter()
        try:
            await app(scope, receive, send_with_id)
        finally:
            seconds = perf_counter() - start
            route = route_of(scope.get("path_template", ""))
            _durations(scope["method"], route, status).observe(seconds)
            if "problem_code" in scope:
                PROBLEMS.labels(scope["problem_code"]).inc()
            log(
                "request",
                method=scope["method"],
                path=scope["path"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                **_refusal(scope, status),
            )
            structlog.contextvars.unbind_contextvars("request_id", "impersonator")

    return logged


def _refusal(scope: Any, status: int) -> dict[str, Any]:
    """Return which problem a request was answered with, and whom the guard or a limit refused."""
    code = scope.get("problem_code")
    if code is None:
        return {}
    client = scope["client"][0] if status in REFUSED and scope.get("client") else None
    return {"code": code} | ({"client": client} if client else {})


@cache
def _durations(method: str, route: str, status: int) -> Histogram:
    return DURATIONS.labels(method if method in METHODS else "other", route, status)


@cache
def route_of(template: str) -> str:
    """Return a route's path as the API's description has it."""
    return PARAMETER_TYPE.sub("}", template) or UNMATCHED


def _request_id(scope: Any) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return f"{getrandbits(128):032x}"
