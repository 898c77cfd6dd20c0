"""Users, their Clerk accounts and their sessions."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.sessions import Session
from sigmasight.domain.identity.users import Address, ClerkAccount, FullName, Profile, User
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.builders.instants import DAY, MINUTE, NOON

ANN: Final = ClerkUserId("user_ann")

BOB: Final = ClerkUserId("user_bob")

ANNS_ID: Final = UserId(UUID(int=1))

BOBS_ID: Final = UserId(UUID(int=2))


def a_user(**changes: Any) -> User:
    user = User(
        id=ANNS_ID,
        clerk_user_id=ANN,
        email="ann@example.com",
        full_name="Ann Example",
        is_active=True,
        created_at=NOON - 30 * DAY,
        deleted_at=None,
        invite_validated=False,
        subscription=Subscription(),
        messages=MessageCounter(0, NOON - 30 * DAY),
    )
    return replace(user, **changes)


def bob(**changes: Any) -> User:
    return a_user(
        **{
            "id": BOBS_ID,
            "clerk_user_id": BOB,
            "email": "bob@example.com",
            "full_name": "Bob Example",
            **changes,
        }
    )


def a_user_from_before_clerk(**changes: Any) -> User:
    return a_user(**{"clerk_user_id": None, "full_name": "Ann Before", **changes})


def a_profile(
    *,
    known_at: datetime = NOON,
    email: str = "ann@example.com",
    email_verified: bool = True,
    full_name: str = "Ann Example",
) -> Profile:
    return Profile(
        Address(known_at, email, email_verified) if email else None,
        FullName(known_at, full_name) if full_name else None,
    )


def a_clerk_account(account: ClerkUserId, *profiles: Profile, **changes: Any) -> ClerkAccount:
    known = ClerkAccount(id=account)
    for profile in profiles:
        known = known.with_profile(profile)
    return replace(known, **changes)


def a_session(**changes: Any) -> Session:
    session = Session(
        clerk_user_id=ANN,
        session_id="sess_ann",
        authorized_party=None,
        email="ann@example.com",
        email_verified=False,
        expires_at=int((NOON + MINUTE).timestamp()),
    )
    return replace(session, **changes)
