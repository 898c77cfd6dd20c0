"""Session tokens, and what callers may do with their own session."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from sigmasight.domain.identity.api_keys import KeyReference, KeyScope
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
        super().__init__("The session token has expired; fetch a new one.")


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

    def __init__(
        self, sentence: str = "The session token was issued for another application."
    ) -> None:
        super().__init__(sentence)


class TokenKindInvalidError(UnauthenticatedError):
    code = "token_kind_invalid"

    def __init__(self) -> None:
        super().__init__("This kind of token is not a session token.")


class TokenLifetimeTooLongError(UnauthenticatedError):
    code = "token_lifetime_too_long"

    def __init__(self, lifetime: float, most: int) -> None:
        super().__init__(
            f"The session token is valid for {lifetime:.0f} seconds, and at most {most} are"
            " accepted (CLERK_MAX_TOKEN_AGE): lower the lifetime of the JWT template in Clerk."
        )


class SessionPendingError(UnauthenticatedError):
    code = "session_pending"

    def __init__(self) -> None:
        super().__init__("Finish signing in: the session still has a pending task.")


class OriginNotAllowedError(DeniedError):
    code = "origin_not_allowed"

    def __init__(self) -> None:
        super().__init__(
            "A request with a session cookie may change data only from a configured origin."
        )


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
    """A verified Clerk token's claims; times are seconds since the epoch (RFC 7519 section 2)."""

    clerk_user_id: ClerkUserId
    session_id: str | None
    authorized_party: str | None
    email: str | None
    email_verified: bool
    expires_at: int
    impersonator: str | None = None
    """Who acts as the user: the subject of the claim `act` (RFC 8693 section 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSession:
    """The claims of a verified token of ours: a login with a password."""

    user_id: UserId
    session_id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class ApiKeySession:
    """A request with an API key, which is verified together with reading its user."""

    key: KeyReference
    needs: KeyScope


AnySession = Session | PasswordSession | ApiKeySession
"""The claims of a verified token, whoever signed it, or a key in its place."""


class SessionTokens(Protocol):
    """Verifies session tokens, of the identity provider or our own."""

    @abstractmethod
    async def verify(self, token: str, *, from_cookie: bool = False) -> AnySession:
        """Return a token's claims after every check.

        Raise one of the Unauthenticated family, or IdentityProviderUnavailableError
        while no key was ever fetched. A cookie must name its authorized party.
        """


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A new session token, and its lifetime in seconds."""

    text: str
    expires_in: int


class Sessions(Protocol):
    """Sessions at the identity provider.

    Everything here raises IdentityProviderUnavailableError when it does not answer, and
    IdentityProviderClosedError without a secret key.
    """

    @abstractmethod
    async def revoke(self, session_id: str) -> None:
        """Revoke a session; no effect if it has ended or never existed."""

    @abstractmethod
    async def token(self, session_id: str) -> FreshToken:
        """Return a new token of a session, or raise SessionEndedError."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    sessions: Sessions

    async def __call__(self, session: AnySession) -> FreshToken:
        """Return a new token of the session.

        Raise SessionUnknownError for a token that names none, SessionEndedError,
        IdentityProviderClosedError or IdentityProviderUnavailableError.
        """
        return await self.sessions.token(session_id_of(session))


def session_id_of(session: AnySession) -> str:
    """Return the session's id at the identity provider, or raise SessionUnknownError."""
    if isinstance(session, Session) and session.session_id:
        return session.session_id
    raise SessionUnknownError


def impersonator_of(session: AnySession) -> str | None:
    """Return who acts as the session's user, if anybody else does."""
    return session.impersonator if isinstance(session, Session) else None


def actor_of(session: AnySession) -> str:
    """Return who acts in a session, as the audit trail names them."""
    if isinstance(session, PasswordSession):
        return str(session.user_id)
    if isinstance(session, ApiKeySession):
        return f"{session.key.user_id} by key {session.key.prefix}"
    actor = session.impersonator
    return f"{actor} as {session.clerk_user_id}" if actor else session.clerk_user_id
