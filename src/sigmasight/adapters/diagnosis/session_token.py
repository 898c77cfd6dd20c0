"""The examination of a session token that an operator has at hand."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import msgspec

from sigmasight.adapters.clerk.session_tokens import TokenRules
from sigmasight.adapters.diagnosis.clerk import EMAIL_CLAIMS, TEMPLATE
from sigmasight.adapters.jwt import payload_of
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed
from sigmasight.domain.identity.sessions import (
    IdentityProviderUnavailableError,
    Session,
    SessionPendingError,
    SessionTokens,
    TokenAudienceInvalidError,
    TokenExpiredError,
    TokenIssuerInvalidError,
    TokenKeyUnknownError,
    TokenKindInvalidError,
    TokenLifetimeTooLongError,
    TokenMalformedError,
    TokenNotActiveError,
    TokenPartyInvalidError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.kernel import UnauthenticatedError

WHERE: Final = f"Sessions → Customize session token, or the JWT template {TEMPLATE}"
OTHER_INSTANCE: Final = "Set CLERK_DOMAIN to the Clerk instance that the web app signs in with."
REMEDIES: Final[Mapping[type[UnauthenticatedError], str]] = {
    SessionPendingError: "Finish signing in (an organization, a second factor), then try again.",
    TokenAudienceInvalidError: f"Have the claim aud contain CLERK_AUDIENCE ({WHERE}).",
    TokenExpiredError: "Fetch a new one; a session token of Clerk is valid for a minute.",
    TokenIssuerInvalidError: OTHER_INSTANCE,
    TokenKeyUnknownError: OTHER_INSTANCE,
    TokenKindInvalidError: "Pass a session token or one of a JWT template, no machine token.",
    TokenLifetimeTooLongError: f"Lower its lifetime (JWT template {TEMPLATE}).",
    TokenMalformedError: "Pass the token alone: three parts with dots between them.",
    TokenNotActiveError: "Set this machine's clock (NTP).",
    TokenPartyInvalidError: "Add the origin of the web app to CLERK_AUTHORIZED_PARTIES.",
    TokenSignatureInvalidError: OTHER_INSTANCE,
}


class TokenAccepted(Examination):
    """Verifies a token as the server does, and looks for the claims that it should have."""

    name = "token"

    def __init__(self, token: str, tokens: SessionTokens, rules: TokenRules) -> None:
        self._token = token
        self._tokens = tokens
        self._rules = rules

    async def run(self) -> Finding:
        try:
            session = await self._tokens.verify(self._token)
        except IdentityProviderUnavailableError as error:
            return failed(str(error), "See keys.")
        except UnauthenticatedError as error:
            return failed(f"{error}{self._given(error)}", REMEDIES[type(error)])
        if not isinstance(session, Session):
            raise TypeError("A token of Clerk's has a session of Clerk's.")
        faults = dict(_missing(session, self._rules.authorized_parties))
        if faults:
            return failed(
                f"The token is accepted, but lacks {' and '.join(faults)}.",
                " ".join(dict.fromkeys(faults.values())),
            )
        return passed("The token is accepted, and has every claim.")

    def _given(self, error: UnauthenticatedError) -> str:
        """Return what the token names instead of ours, if that is what is wrong."""
        claims = _claims_of(self._token)
        match error:
            case TokenIssuerInvalidError():
                return f" It is {claims.get('iss')!r}, not {self._rules.issuer!r}."
            case TokenAudienceInvalidError():
                return f" It is for {claims.get('aud')!r}, not {self._rules.audience!r}."
            case TokenPartyInvalidError():
                return f" Its azp is {claims.get('azp')!r}."
        return ""


def _claims_of(token: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(payload_of(token), type=dict[str, Any])
    except (ValueError, RecursionError):
        return {}


def _missing(session: Session, parties: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the claims that are missing, each with its remedy."""
    add = f"Add {{{EMAIL_CLAIMS}}} ({WHERE})."
    if session.email is None:
        yield "the claim email", add
    if not session.email_verified:
        yield "email_verified: true", f"{add} An address has to be verified in Clerk."
    if parties and session.authorized_party is None:
        yield (
            "the claim azp",
            "Fetch it in the browser: Clerk leaves azp out of tokens of its Backend API.",
        )
