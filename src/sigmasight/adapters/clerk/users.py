"""Clerk's user object, as webhooks and the Backend API have it."""

import re
from datetime import datetime
from typing import Final

import msgspec

from sigmasight.domain.identity.users import Profile, email_address

CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f]+")
MAX_NAME: Final = 255


class _Verification(msgspec.Struct):
    status: str | None = None


class _EmailAddress(msgspec.Struct):
    id: str | None = None
    email_address: str | None = None
    verification: _Verification | None = None


class ClerkUser(msgspec.Struct):
    """The members that concern us; everything else Clerk sends is left unread."""

    id: str
    email_addresses: list[_EmailAddress] = []
    primary_email_address_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None

    def profile(self, known_at: datetime) -> Profile:
        """Return what this says of the person: the primary address alone counts."""
        primary = next(
            (
                address
                for address in self.email_addresses
                if address.id and address.id == self.primary_email_address_id
            ),
            None,
        )
        names = (
            CONTROL_CHARACTERS.sub(" ", name or "") for name in (self.first_name, self.last_name)
        )
        return Profile(
            known_at=known_at,
            email=(primary and email_address(primary.email_address)) or "",
            email_verified=bool(
                primary and primary.verification and primary.verification.status == "verified"
            ),
            full_name=" ".join(" ".join(names).split())[:MAX_NAME],
        )
