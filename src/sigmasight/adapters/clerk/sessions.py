"""Clerk's sessions: revoking them, and issuing fresh tokens."""

from base64 import urlsafe_b64decode
from collections.abc import Collection
from http import HTTPStatus
from typing import Annotated, Final

import msgspec

from sigmasight.adapters.clerk.client import (
    INTERACTIVE,
    ClerkClient,
    ClerkRequest,
    build_path,
    translate_decode_errors,
)
from sigmasight.domain.identity.sessions import FreshToken, SessionEndedError, Sessions

ENDED_STATUSES: Final[Collection[int]] = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""What Clerk answers about a session that has ended, or never was."""
LIFETIME: Final = 60
"""Seconds a session token is valid for, unless it states an expiry."""


class _Token(msgspec.Struct):
    jwt: Annotated[str, msgspec.Meta(min_length=1)]


class _Claims(msgspec.Struct):
    exp: int
    iat: int


class ClerkSessions(Sessions):
    def __init__(self, client: ClerkClient) -> None:
        self._client = client

    async def revoke(self, session_id: str) -> None:
        await self._client.send(
            ClerkRequest(
                "POST",
                build_path("sessions", session_id, "revoke"),
                INTERACTIVE,
                expected_statuses=ENDED_STATUSES,
            )
        )

    async def token(self, session_id: str) -> FreshToken:
        answer = await self._client.send(
            ClerkRequest(
                "POST",
                build_path("sessions", session_id, "tokens"),
                INTERACTIVE,
                body={},
                idempotent=False,
                expected_statuses=ENDED_STATUSES,
            )
        )
        if answer.is_error:
            raise SessionEndedError
        with translate_decode_errors():
            token = msgspec.json.decode(answer.content, type=_Token).jwt
        return FreshToken(token, _lifetime(token))


def _lifetime(token: str) -> int:
    """Read the lifetime of a token just received from Clerk over TLS; it needs no verification."""
    payload = token.partition(".")[2].partition(".")[0]
    try:
        claims = msgspec.json.decode(
            urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Claims
        )
    except (ValueError, RecursionError):
        return LIFETIME
    seconds = claims.exp - claims.iat
    return seconds if seconds > 0 else LIFETIME
