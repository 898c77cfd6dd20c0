"""Session tokens: who a request comes from, and every reason not to believe it."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from sigmasight.domain.kernel import (
    ClerkUserId,
    DeniedError,
    UnauthenticatedError,
    UnavailableError,
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

    def __init__(self) -> None:
        super().__init__("The identity provider does not answer. Try again in a few seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a verified token says; times are seconds since the epoch (RFC 7519 section 2)."""

    clerk_user_id: ClerkUserId
    session_id: str | None
    authorized_party: str | None
    email: str | None
    email_verified: bool
    expires_at: int


class SessionTokens(Protocol):
    """Tokens our identity provider signs for people."""

    @abstractmethod
    async def verify(self, token: str, *, from_cookie: bool = False) -> Session:
        """Return what a token says once everything about it has been checked.

        Raise one of the Unauthenticated family, or IdentityProviderUnavailableError
        while no key was ever fetched. A cookie must name its authorized party.
        """
        raise NotImplementedError
