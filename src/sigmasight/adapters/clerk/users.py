"""Clerk's user object, as webhooks and the Backend API have it."""

import re
from datetime import datetime
from typing import Final

import msgspec

from sigmasight.domain.identity.users import Address, FullName, Profile, email_address

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
        return Profile(self._address(known_at), self._name(known_at))

    def _address(self, known_at: datetime) -> Address | None:
        for address in self.email_addresses:
            if address.id and address.id == self.primary_email_address_id:
                status = address.verification and address.verification.status
                email = email_address(address.email_address)
                return Address(known_at, email, status == "verified") if email else None
        return None

    def _name(self, known_at: datetime) -> FullName | None:
        names = f"{self.first_name or ''} {self.last_name or ''}"
        text = " ".join(CONTROL_CHARACTERS.sub(" ", names).split())
        return FullName(known_at, text[:MAX_NAME]) if text else None
