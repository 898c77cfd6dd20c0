"""Clerk's users and subscription items, as webhooks and the Backend API send them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from sigmasight.domain.identity.users import (
    Address,
    Bar,
    BarKind,
    FullName,
    Profile,
    Standing,
    email_address,
)
from sigmasight.domain.kernel import CONTROL, INVISIBLE

UNSEEN: Final = re.compile(f"[{CONTROL}{INVISIBLE}]+")
MAX_NAME: Final = 255
MAX_TEXT: Final = 255
MAX_LOCKOUT: Final = 366 * 86_400
"""In seconds."""
SECONDS_END: Final = 100_000_000_000
"""Read as seconds this is the year 5138, as milliseconds 1973: nothing of Clerk's is in between."""


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
    banned: bool | None = None
    locked: bool | None = None
    lockout_expires_in_seconds: float | None = None

    def profile(self, known_at: datetime, sent_at: datetime | None = None) -> Profile:
        """Return the user's name, primary address and standing.

        The seconds that a lock has left count from when Clerk sent them.
        """
        return Profile(
            self._address(known_at),
            self._name(known_at),
            self._standing(known_at, sent_at or known_at),
        )

    def _standing(self, known_at: datetime, sent_at: datetime) -> Standing | None:
        if self.banned:
            return Standing(known_at, Bar(BarKind.BANNED))
        if self.locked:
            seconds = self.lockout_expires_in_seconds
            until = None
            if seconds is not None:
                until = sent_at + timedelta(seconds=min(max(seconds, 0), MAX_LOCKOUT))
            return Standing(known_at, Bar(BarKind.LOCKED, until))
        return None if self.banned is self.locked is None else Standing(known_at)

    def _address(self, known_at: datetime) -> Address | None:
        for address in self.email_addresses:
            if address.id and address.id == self.primary_email_address_id:
                status = address.verification and address.verification.status
                email = email_address(address.email_address)
                return Address(known_at, email, status == "verified") if email else None
        return None

    def _name(self, known_at: datetime) -> FullName | None:
        names = f"{self.first_name or ''} {self.last_name or ''}"
        text = " ".join(UNSEEN.sub(" ", names).split())
        return FullName(known_at, text[:MAX_NAME]) if text else None


class Plan(msgspec.Struct):
    slug: str | None = None
    amount: Any = None
    fee: Any = None
    annual_fee: Any = None
    """What it costs: cents, or `{"amount": cents}`; webhooks and the Backend API differ."""

    @property
    def is_charged(self) -> bool:
        """Whether the plan costs something, as far as Clerk says."""
        return any(map(_is_positive, (self.amount, self.fee, self.annual_fee)))


class Payer(msgspec.Struct):
    """Who pays: a payer_user_id, or an organisation, whose member `user_id` then names."""

    user_id: str | None = None
    organization_id: str | None = None


class ClerkItem(msgspec.Struct):
    """The members that concern us; everything else Clerk sends is left unread."""

    id: str
    status: ItemStatus
    plan: Plan | None = None
    updated_at: float | None = None
    period_end: float | None = None
    past_due_at: float | None = None
    payer: Payer | None = None

    @property
    def payer_user_id(self) -> str | None:
        """The Clerk user id of who pays, if that is a payer_user_id for themselves."""
        return None if self.payer is None or self.payer.organization_id else self.payer.user_id

    def item(self, received_at: datetime, past_due_at: float | None = None) -> SubscriptionItem:
        """Return the item as of its last update, else as of the event.

        Raise ValueError for what no item of ours can be. `past_due_at` is the subscription's,
        which counts where the item has none of its own.
        """
        overdue_at = self.past_due_at or past_due_at
        failed_at = overdue_at if self.status is ItemStatus.PAST_DUE else None
        named = self.plan if self.plan and self.plan.slug else Plan()
        return SubscriptionItem(
            id=text(self.id),
            plan=text(named.slug) if named.slug else None,
            charged=bool(named.slug) and named.is_charged,
            status=self.status,
            known_at=received_at if self.updated_at is None else instant(self.updated_at),
            period_end=None if self.period_end is None else instant(self.period_end),
            failures=frozenset([instant(failed_at)] if failed_at else []),
        )


def _is_positive(price: Any) -> bool:
    cents = price.get("amount") if isinstance(price, dict) else price
    return isinstance(cents, int | float) and cents > 0


def text(value: str) -> str:
    """Return an identifier that fits its column, or raise ValueError."""
    if not 0 < len(value) <= MAX_TEXT or "\x00" in value:
        raise ValueError(f"{value[:20]!r} is not an identifier of 1 to {MAX_TEXT} characters")
    return value


def instant(value: float) -> datetime:
    """Return the instant; raise ValueError for one no calendar has."""
    try:
        return datetime.fromtimestamp(value if value < SECONDS_END else value / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value} is no instant") from error
