"""Clerk's webhook events, decoded leniently into strict facts."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from sigmasight.adapters.clerk.schemas import MAX_TEXT, ClerkItem, ClerkUser, Payer, instant, text
from sigmasight.domain.billing import FLAT_ITEM, ItemStatus, SubscriptionItem
from sigmasight.domain.clerk_events.events import AccountFacts, ClerkEvent, EventReader
from sigmasight.domain.clerk_events.inbox import Delivery
from sigmasight.domain.kernel import ClerkUserId

UNKNOWN: Final = "unknown"
MAX_AHEAD: Final = timedelta(days=1)
"""How far after its delivery an event may be dated: later ones would freeze what is known."""
ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
"""The escapes of JSON text: pairs of surrogates, a surrogate alone, and all others."""


class _Envelope(msgspec.Struct):
    type: str
    data: dict[str, Any]
    timestamp: float | None = None


class _Deleted(msgspec.Struct):
    id: str


class _EndedSession(msgspec.Struct):
    id: str
    user_id: str | None = None


class _FlatPlan(msgspec.Struct):
    key: str


class _FlatSubscription(msgspec.Struct):
    user_id: str
    plan: _FlatPlan | None = None


class _Bill(msgspec.Struct):
    payer: Payer | None = None


class _Subscription(msgspec.Struct):
    items: list[ClerkItem] | None = None
    subscription_items: list[ClerkItem] | None = None
    past_due_at: float | None = None


class ClerkEventReader(EventReader):
    def read(self, delivery: Delivery) -> ClerkEvent:
        try:
            envelope = _decoded(delivery.body)
        except (ValueError, RecursionError) as error:
            return ClerkEvent(type=UNKNOWN, error=f"not a Clerk event: {error}")
        try:
            facts = _knowledge(envelope, delivery)
            latest = delivery.attempted_at + MAX_AHEAD
            return ClerkEvent(type=text(envelope.type), facts=facts and facts.bounded(latest))
        except ValueError as error:
            kind = envelope.type.replace("\x00", "")[:MAX_TEXT] or UNKNOWN
            return ClerkEvent(type=kind, error=str(error))


def _decoded(body: bytes) -> _Envelope:
    """Decode an event; half a surrogate pair, in any member, is a replacement character."""
    try:
        return msgspec.json.decode(body, type=_Envelope)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        whole = ESCAPE.sub(_without_lone_surrogate, body)
        return msgspec.json.decode(whole, type=_Envelope)


def _without_lone_surrogate(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if escape["lone"] else escape[0]


def _knowledge(envelope: _Envelope, delivery: Delivery) -> AccountFacts | None:
    match envelope.type:
        case "user.created" | "user.updated":
            user = msgspec.convert(envelope.data, ClerkUser)
            return AccountFacts(account=_id(user.id), profile=user.profile(_at(envelope, delivery)))
        case "user.deleted":
            deleted = msgspec.convert(envelope.data, _Deleted)
            return AccountFacts(account=_id(deleted.id), deleted_at=_at(envelope, delivery))
        case "session.ended" | "session.removed" | "session.revoked":
            session = msgspec.convert(envelope.data, _EndedSession)
            account = _id(session.user_id) if session.user_id else None
            return AccountFacts(account=account, ended_session=text(session.id))
        case "subscription.created" | "subscription.cancelled" if "user_id" in envelope.data:
            return _flat(envelope, _at(envelope, delivery))
        case kind if kind.startswith(("subscription.", "subscriptionItem.")):
            return _billing(envelope, _at(envelope, delivery))
        case _:
            return None


def _billing(envelope: _Envelope, at: datetime) -> AccountFacts | None:
    payer = msgspec.convert(envelope.data, _Bill).payer or Payer()
    if payer.organization_id:
        return None
    items, past_due_at = _items(envelope)
    if not (items or payer.user_id):
        return None
    return AccountFacts(
        account=_id(payer.user_id) if payer.user_id else None,
        items=[item.item(at, past_due_at) for item in items],
    )


def _items(envelope: _Envelope) -> tuple[Sequence[ClerkItem], float | None]:
    """Read the items of a subscription and its `past_due_at`, or the item an event is about."""
    if envelope.type.startswith("subscriptionItem."):
        return [msgspec.convert(envelope.data, ClerkItem)], None
    subscription = msgspec.convert(envelope.data, _Subscription)
    items = [*(subscription.items or []), *(subscription.subscription_items or [])]
    return items, subscription.past_due_at


def _flat(envelope: _Envelope, at: datetime) -> AccountFacts:
    """Read an event of the original system: `{user_id, plan: {key}}`."""
    subscription = msgspec.convert(envelope.data, _FlatSubscription)
    ended = envelope.type == "subscription.cancelled"
    if not ended and subscription.plan is None:
        raise ValueError("a flat subscription.created names no plan")
    return AccountFacts(
        account=_id(subscription.user_id),
        items=[
            SubscriptionItem(
                id=FLAT_ITEM,
                plan=text(subscription.plan.key) if subscription.plan else None,
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
    return ClerkUserId(text(value))
