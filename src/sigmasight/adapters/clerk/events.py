"""Clerk's webhook events, decoded leniently into strict facts."""

from datetime import datetime
from typing import Any, Final

import msgspec

from sigmasight.adapters.clerk.instants import instant
from sigmasight.adapters.clerk.users import ClerkUser
from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from sigmasight.domain.clerk_events import ClerkEvent, Delivery, EventReader, Knowledge
from sigmasight.domain.kernel import ClerkUserId

MAX_TEXT: Final = 255
UNKNOWN: Final = "unknown"
FLAT_ITEM: Final = "flat"
"""The original system's events know one subscription a user: it is kept as an item of this id."""


class _Envelope(msgspec.Struct):
    type: str
    data: dict[str, Any]
    timestamp: float | None = None


class _Deleted(msgspec.Struct):
    id: str


class _Plan(msgspec.Struct):
    key: str


class _FlatSubscription(msgspec.Struct):
    user_id: str
    plan: _Plan | None = None


class ClerkEventReader(EventReader):
    def read(self, delivery: Delivery) -> ClerkEvent:
        try:
            envelope = msgspec.json.decode(delivery.body, type=_Envelope)
        except (ValueError, RecursionError) as error:
            return ClerkEvent(type=UNKNOWN, fault=f"not a Clerk event: {error}")
        try:
            return ClerkEvent(type=_text(envelope.type), knowledge=_knowledge(envelope, delivery))
        except ValueError as error:
            kind = envelope.type.replace("\x00", "")[:MAX_TEXT] or UNKNOWN
            return ClerkEvent(type=kind, fault=str(error))


def _knowledge(envelope: _Envelope, delivery: Delivery) -> Knowledge | None:
    match envelope.type:
        case "user.created" | "user.updated":
            user = msgspec.convert(envelope.data, ClerkUser)
            return Knowledge(account=_id(user.id), profile=user.profile(_at(envelope, delivery)))
        case "user.deleted":
            deleted = msgspec.convert(envelope.data, _Deleted)
            return Knowledge(account=_id(deleted.id), deleted_at=_at(envelope, delivery))
        case "subscription.created" | "subscription.cancelled" if "user_id" in envelope.data:
            return _flat(envelope, _at(envelope, delivery))
        case _:
            return None


def _flat(envelope: _Envelope, at: datetime) -> Knowledge:
    """Read an event of the original system: `{user_id, plan: {key}}`."""
    told = msgspec.convert(envelope.data, _FlatSubscription)
    ended = envelope.type == "subscription.cancelled"
    if not ended and told.plan is None:
        raise ValueError("a flat subscription.created names no plan")
    return Knowledge(
        account=_id(told.user_id),
        items=[
            SubscriptionItem(
                id=FLAT_ITEM,
                plan=_text(told.plan.key) if told.plan else None,
                status=ItemStatus.ENDED if ended else ItemStatus.ACTIVE,
                known_at=at,
            )
        ],
    )


def _at(envelope: _Envelope, delivery: Delivery) -> datetime:
    """Return the event's time: `data.updated_at`, else the envelope's, else the delivery's."""
    updated_at = envelope.data.get("updated_at")
    if isinstance(updated_at, int | float):
        return instant(updated_at)
    return delivery.attempted_at if envelope.timestamp is None else instant(envelope.timestamp)


def _id(value: str) -> ClerkUserId:
    return ClerkUserId(_text(value))


def _text(value: str) -> str:
    if not 0 < len(value) <= MAX_TEXT or "\x00" in value:
        raise ValueError(f"{value[:20]!r} is not an identifier of 1 to {MAX_TEXT} characters")
    return value
