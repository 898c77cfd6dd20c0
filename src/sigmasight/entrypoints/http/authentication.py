"""Where a request carries its session token."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar.connection import ASGIConnection

from sigmasight.domain.identity.sessions import (
    AnySession,
    OriginNotAllowedError,
    SessionTokens,
    TokenMalformedError,
    TokenMissingError,
)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class CredentialRules:
    """Which cookies may carry a token, and which origins may change things with one."""

    cookies: Sequence[str]
    origins: Collection[str]


@dataclass(frozen=True, slots=True)
class Authentication:
    """Finds and verifies the token of a request."""

    rules: CredentialRules
    tokens: SessionTokens

    async def session(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AnySession:
        """Verify the bearer token, else the cookie's; a bad bearer is not rescued by a cookie."""
        bearers = [
            value
            for name, value in connection.scope["headers"]
            if name == b"authorization" and value[:7].lower() in {b"bearer", b"bearer "}
        ]
        if bearers:
            if len(bearers) > 1:
                raise TokenMalformedError("The request carries several bearer tokens.")
            return await self.tokens.verify(bearers[0][7:].strip().decode("latin-1"))
        for cookie in self.rules.cookies:
            if token := connection.cookies.get(cookie):
                self._check_origin(connection)
                return await self.tokens.verify(token, from_cookie=True)
        raise TokenMissingError

    def _check_origin(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        if (
            connection.scope.get("method") not in SAFE_METHODS
            and connection.headers.get("origin") not in self.rules.origins
        ):
            raise OriginNotAllowedError
