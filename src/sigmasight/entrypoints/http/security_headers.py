"""Headers that tell browsers to be careful, on every answer.

After OWASP's REST Security Cheat Sheet and HTTP Headers Cheat Sheet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Headers = Sequence[tuple[bytes, bytes]]

NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
NO_STORE: Final = (b"cache-control", b"no-store")
POLICY: Final = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    b" img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Swagger UI starts with an inline script, and all it loads is our own."""
PAGE: Final = (b"content-security-policy", POLICY)


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    hsts_seconds: int = 0

    def added_to(self, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Return an answer's headers, whose names are lower case, with those that it lacks."""
        headers = [*headers]
        given = dict(headers)
        added = [NOSNIFF]
        if b"cache-control" not in given:
            added.append(NO_STORE)
        if given.get(b"content-type", b"").startswith(b"text/html"):
            added.append(PAGE)
        if self.hsts_seconds:
            added.append((b"strict-transport-security", b"max-age=%d" % self.hsts_seconds))
        return [*headers, *added]
