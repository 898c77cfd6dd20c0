"""Middleware that lets only this machine's own pages in: the console acts as any demo user.

A page on another site can reach a loopback address from its visitor's browser, under the
console's own address or, by DNS rebinding, under its own name.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar.types import ASGIApp, Message, Receive, Send

LOCAL_NAMES: Final = frozenset({b"127.0.0.1", b"localhost"})
OTHER_SITES: Final = frozenset({b"cross-site", b"same-site"})
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    b" connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def only_local(app: ASGIApp) -> ASGIApp:
    """Refuse requests under other names and from other sites; add headers to every answer."""

    async def checked(scope: Any, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        refusal = _refusal(scope["method"], dict(scope["headers"]))
        if refusal is None:
            await app(scope, receive, send_with_headers)
            return
        status, sentence = refusal
        start: Any = {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
        await send_with_headers(start)
        body: Any = {"type": "http.response.body", "body": sentence.encode(), "more_body": False}
        await send(body)

    return checked


def _refusal(method: str, headers: Mapping[bytes, bytes]) -> tuple[int, str] | None:
    host = headers.get(b"host", b"")
    if host.partition(b":")[0] not in LOCAL_NAMES:
        return 421, "The console answers at 127.0.0.1 and localhost only."
    origin = headers.get(b"origin")
    is_link = method == "GET" and headers.get(b"sec-fetch-mode") == b"navigate"
    is_of_other_site = headers.get(b"sec-fetch-site") in OTHER_SITES and not is_link
    if is_of_other_site or origin not in {None, b"http://" + host}:
        return 403, "The console answers its own page only, not those of other sites."
    return None
