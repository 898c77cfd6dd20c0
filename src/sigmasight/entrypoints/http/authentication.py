"""Authentication of requests by bearer token or cookie."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar.connection import ASGIConnection

from sigmasight.domain.identity.api_keys import MARK, KeyScope, read_key_text
from sigmasight.domain.identity.sessions import (
    AnySession,
    ApiKeySession,
    OriginNotAllowedError,
    SessionTokens,
    TokenMalformedError,
    TokenMissingError,
)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class CredentialRules:
    """The cookies that may carry a token, and the origins that may change data with one."""

    cookies: Sequence[str]
    origins: Collection[str]


@dataclass(frozen=True, slots=True)
class Authentication:
    """Finds and verifies a request's token."""

    rules: CredentialRules
    tokens: SessionTokens

    async def session(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AnySession:
        """Verify the bearer token, or the cookie's if there is no bearer token.

        A key in its place is only read here.
        """
        bearers = [
            value
            for name, value in connection.scope["headers"]
            if name == b"authorization" and value[:7].lower() in {b"bearer", b"bearer "}
        ]
        if bearers:
            if len(bearers) > 1:
                raise TokenMalformedError("The request carries several bearer tokens.")
            bearer = bearers[0][7:].strip().decode("latin-1")
            if bearer.startswith(MARK):
                return ApiKeySession(read_key_text(bearer), _needed(connection))
            return await self.tokens.verify(bearer)
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


def _needed(connection: ASGIConnection[Any, Any, Any, Any]) -> KeyScope:
    is_safe = connection.scope.get("method") in SAFE_METHODS
    return KeyScope.READ if is_safe else KeyScope.WRITE
