"""What each refusal says to people."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from sigmasight.domain.identity.activation import UserDeletedError
from sigmasight.domain.identity.administration import UserNotFoundError
from sigmasight.domain.identity.password_login import (
    CredentialsInvalidError,
    TooManyLoginAttemptsError,
    TooManyRegistrationsError,
)
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    OriginNotAllowedError,
    SessionEndedError,
    SessionPendingError,
    SessionUnknownError,
    TokenAudienceInvalidError,
    TokenExpiredError,
    TokenIssuerInvalidError,
    TokenKeyUnknownError,
    TokenKindInvalidError,
    TokenLifetimeTooLongError,
    TokenMissingError,
    TokenNotActiveError,
    TokenPartyInvalidError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    AdminRequiredError,
    Bar,
    BarKind,
    EmailClaimMissingError,
    EmailConflictError,
)
from sigmasight.domain.kernel import DomainError
from tests.support.builders.instants import NOON


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TokenMissingError, "Sign in: this request carries no session token."),
        (TokenExpiredError, "The session token has expired; fetch a new one."),
        (
            TokenNotActiveError,
            "The session token is not valid yet; check this machine's clock.",
        ),
        (
            TokenSignatureInvalidError,
            "The session token is not signed by our identity provider.",
        ),
        (
            TokenKeyUnknownError,
            "The session token is signed with a key our identity provider does not have.",
        ),
        (TokenIssuerInvalidError, "The session token comes from another issuer."),
        (TokenAudienceInvalidError, "The session token is meant for another audience."),
        (
            TokenPartyInvalidError,
            "The session token was issued for another application.",
        ),
        (lambda: TokenPartyInvalidError("Something else."), "Something else."),
        (TokenKindInvalidError, "This kind of token is not a session token."),
        (
            lambda: TokenLifetimeTooLongError(90_000.4, 86_400),
            (
                "The session token is valid for 90000 seconds, and at most 86400 are accepted"
                " (CLERK_MAX_TOKEN_AGE): lower the lifetime of the JWT template in Clerk."
            ),
        ),
        (
            lambda: TooManyRegistrationsError(timedelta(hours=1)),
            "Too many accounts were registered from your network. Try again later.",
        ),
        (SessionPendingError, "Finish signing in: the session still has a pending task."),
        (SessionEndedError, "This session has ended: sign in again."),
        (
            SessionUnknownError,
            (
                "The token names no session (claim `sid`): tokens of a JWT template do not."
                " Send the session token instead."
            ),
        ),
        (
            OriginNotAllowedError,
            "A request with a session cookie may change data only from a configured origin.",
        ),
        (
            IdentityProviderUnavailableError,
            "The identity provider does not answer. Try again in a few seconds.",
        ),
        (
            IdentityProviderClosedError,
            "This needs access to the identity provider's API, which is not configured.",
        ),
        (AccountInactiveError, "This account is no longer active."),
        (EmailClaimMissingError, "The session token carries no email address."),
        (EmailConflictError, "Another account already uses this email address."),
        (AdminRequiredError, "Only operators may do this."),
        (UserDeletedError, "This user is deleted: that cannot be undone."),
        (
            lambda: UserNotFoundError("ann@x"),
            "There is no user ann@x: give a user id, an account id or an email address.",
        ),
        (CredentialsInvalidError, "Email address or password is wrong."),
        (
            lambda: TooManyLoginAttemptsError(timedelta(minutes=2)),
            "Too many attempts to sign in. Wait a few minutes, then try again.",
        ),
    ],
)
def test_a_refusal_has_its_sentence(error: Callable[[], DomainError], sentence: str) -> None:
    assert str(error()) == sentence


def test_a_wait_is_passed_on_in_seconds() -> None:
    assert TooManyLoginAttemptsError(timedelta(minutes=2)).retry_after == 120
    assert IdentityProviderUnavailableError(retry_after=0).retry_after == 0
    assert IdentityProviderUnavailableError().retry_after == 5


def test_a_bar_says_until_when_it_applies() -> None:
    assert Bar(BarKind.BANNED).sentence == "This account is banned."
    assert Bar(BarKind.LOCKED, NOON).sentence == (
        "This account is locked until 2026-01-15 12:00 UTC."
    )
