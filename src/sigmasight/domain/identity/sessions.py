"""Session tokens, and what callers may do with their own session."""

from abc import abstractmethod
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from sigmasight.domain.kernel import (
    ClerkUserId,
    DeniedError,
    InvalidError,
    UnauthenticatedError,
    UnavailableError,
    UserId,
)


class TokenMissingError(UnauthenticatedError):
    code = "token_missing"

    def __init__(self) -> None:
        super().__init__("Sign in: this request carries no session token.")


class TokenMalformedError(UnauthenticatedError):
    code = "token_malformed"


class TokenExpiredError(UnauthenticatedError):
    code = "token_expired"

    def __init__(self) -> None:
        super().__init__("The session token has expired; fetch a fresh one.")


class TokenNotActiveError(UnauthenticatedError):
    code = "token_not_active"

    def __init__(self) -> None:
        super().__init__("The session token is not valid yet; check this machine's clock.")


class TokenSignatureInvalidError(UnauthenticatedError):
    code = "token_signature_invalid"

    def __init__(self) -> None:
        super().__init__("The session token is not signed by our identity provider.")


class TokenKeyUnknownError(UnauthenticatedError):
    code = "token_key_unknown"

    def __init__(self) -> None:
        super().__init__(
            "The session token is signed with a key our identity provider does not have."
        )


class TokenIssuerInvalidError(UnauthenticatedError):
    code = "token_issuer_invalid"

    def __init__(self) -> None:
        super().__init__("The session token comes from another issuer.")


class TokenAudienceInvalidError(UnauthenticatedError):
    code = "token_audience_invalid"

    def __init__(self) -> None:
        super().__init__("The session token is meant for another audience.")


class TokenPartyInvalidError(UnauthenticatedError):
    code = "token_party_invalid"

    def __init__(self) -> None:
        super().__init__("The session token was made for another application.")


class TokenKindInvalidError(UnauthenticatedError):
    code = "token_kind_invalid"

    def __init__(self) -> None:
        super().__init__("This kind of token does not sign a person in.")


class SessionPendingError(UnauthenticatedError):
    code = "session_pending"

    def __init__(self) -> None:
        super().__init__("Finish signing in: the session still has a pending task.")


class OriginNotAllowedError(DeniedError):
    code = "origin_not_allowed"

    def __init__(self) -> None:
        super().__init__("A cookie may only change things from an origin of ours.")


class IdentityProviderUnavailableError(UnavailableError):
    code = "identity_provider_unavailable"

    def __init__(
        self,
        message: str = "The identity provider does not answer. Try again in a few seconds.",
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        if retry_after is not None:
            self.retry_after = retry_after


class IdentityProviderClosedError(UnavailableError):
    """We have no key to the identity provider's Backend API."""

    code = "identity_provider_closed"

    def __init__(self) -> None:
        super().__init__(
            "This needs access to the identity provider's API, which is not configured."
        )


class SessionEndedError(UnauthenticatedError):
    code = "session_ended"

    def __init__(self) -> None:
        super().__init__("This session has ended: sign in again.")


class SessionUnknownError(InvalidError):
    code = "session_unknown"

    def __init__(self) -> None:
        super().__init__(
            "The token names no session (claim `sid`): tokens of a JWT template do not."
            " Send the session token instead."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a verified token says; times are seconds since the epoch (RFC 7519 section 2)."""

    clerk_user_id: ClerkUserId
    session_id: str | None
    authorized_party: str | None
    email: str | None
    email_verified: bool
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSession:
    """What a verified token of ours says: somebody signed in with a password."""

    user_id: UserId
    expires_at: int


AnySession = Session | PasswordSession
"""What a verified token says, whoever has signed it."""


class SessionTokens(Protocol):
    """Tokens that are signed for people, by our identity provider or by ourselves."""

    @abstractmethod
    async def verify(self, token: str, *, from_cookie: bool = False) -> AnySession:
        """Return what a token says once everything about it has been checked.

        Raise one of the Unauthenticated family, or IdentityProviderUnavailableError
        while no key was ever fetched. A cookie must name its authorized party.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A session token just made, and how many seconds it will be good for."""

    text: str
    expires_in: int


class Sessions(Protocol):
    """Sessions as the identity provider keeps them.

    Everything here raises IdentityProviderUnavailableError when it does not answer, and
    IdentityProviderClosedError where we may not ask.
    """

    @abstractmethod
    async def revoke(self, session_id: str) -> None:
        """End a session; one that has ended already, or never was, stays so."""
        raise NotImplementedError

    @abstractmethod
    async def token(self, session_id: str) -> FreshToken:
        """Return a fresh token of a session, or raise SessionEndedError."""
        raise NotImplementedError


class LogoutScope(Enum):
    """How far a logout went."""

    EVERYWHERE = auto()
    HERE_ALONE = auto()
    """The identity provider was not asked, for want of a key: other devices stay signed in."""
    IN_TIME = auto()
    """Nobody keeps such a session: its token runs out."""


@dataclass(frozen=True, slots=True)
class LogOut:
    sessions: Sessions

    async def __call__(self, session: AnySession) -> LogoutScope:
        """End the session, or raise SessionUnknownError for a token that names none.

        Raise IdentityProviderUnavailableError where nobody knows whether it has ended.
        """
        if isinstance(session, PasswordSession):
            return LogoutScope.IN_TIME
        try:
            await self.sessions.revoke(_session_id(session))
        except IdentityProviderClosedError:
            return LogoutScope.HERE_ALONE
        return LogoutScope.EVERYWHERE


@dataclass(frozen=True, slots=True)
class RefreshToken:
    sessions: Sessions

    async def __call__(self, session: AnySession) -> FreshToken:
        """Return a fresh token of the session.

        Raise SessionUnknownError for a token that names none, SessionEndedError,
        IdentityProviderClosedError or IdentityProviderUnavailableError.
        """
        return await self.sessions.token(_session_id(session))


def _session_id(session: AnySession) -> str:
    if isinstance(session, Session) and session.session_id:
        return session.session_id
    raise SessionUnknownError
