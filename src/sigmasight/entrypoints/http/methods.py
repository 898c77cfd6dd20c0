"""Middleware for methods: HEAD wherever there is GET, and `Allow` with every method of a path."""

import re
from collections.abc import Sequence
from typing import Any, Final

from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Send

PARAMETER: Final = re.compile(r"\{\w+:(\w+)\}")
NOTED: Final = ("path_template", "problem_code")
"""What is noted of a request for the log and the metrics."""
PATTERNS: Final = {"uuid": r"[0-9a-fA-F-]{32,36}", "str": r"[^/]+"}


def answer_every_method(app: ASGIApp, routes: Sequence[HTTPRoute]) -> ASGIApp:
    """Answer HEAD as GET without its body (RFC 9110 section 9.3.2), and complete `Allow`.

    Litestar's own `Allow` has the methods of one of the routes that share a path.
    """
    patterns = [(_pattern(route.path), frozenset(map(str, route.methods))) for route in routes]

    def allowed(path: str) -> bytes:
        known = {"OPTIONS"}.union(
            *(methods for pattern, methods in patterns if pattern.fullmatch(path))
        )
        return ", ".join(sorted(known | ({"HEAD"} if "GET" in known else set()))).encode()

    async def answered(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                if any(name.lower() == b"allow" for name, _ in headers):
                    others = [each for each in headers if each[0].lower() != b"allow"]
                    message["headers"] = [*others, (b"allow", allowed(scope["path"]))]
            elif is_head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        asked: Any = {**scope, "method": "GET"} if is_head else scope
        await app(asked, receive, send_completed)
        scope.update({name: asked[name] for name in NOTED if name in asked})

    return answered


def _pattern(path: str) -> re.Pattern[str]:
    """Return what a request's path must look like for a route's."""
    parts = PARAMETER.split(path)
    literals, kinds = parts[::2], parts[1::2]
    pattern = re.escape(literals[0])
    for kind, literal in zip(kinds, literals[1:], strict=True):
        pattern += PATTERNS[kind] + re.escape(literal)
    return re.compile(pattern)
