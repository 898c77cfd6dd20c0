"""Remedies for operators: the domain does not know the settings or Clerk's dashboard."""

from collections.abc import Mapping
from typing import Final

from sigmasight.domain.kernel import DomainError

REMEDIES: Final[Mapping[str, str]] = {
    "email_claim_missing": (
        'Operators: add {"email": "{{user.primary_email_address}}",'
        ' "email_verified": "{{user.email_verified}}"} to the claims of the session token, or of'
        " the JWT template that the client requests, in Clerk; or set CLERK_SECRET_KEY so that"
        " the address can be requested."
    ),
    "identity_provider_closed": "Operators: set CLERK_SECRET_KEY.",
    "another_instance": (
        "Check that CLERK_SECRET_KEY belongs to the Clerk instance of these users."
    ),
    "migrations_pending": "Run: sigmasight database upgrade.",
}


def describe(error: DomainError) -> str:
    """Return the error's message, with its remedy if there is one."""
    remedy = REMEDIES.get(error.code)
    return f"{error} {remedy}" if remedy else str(error)
