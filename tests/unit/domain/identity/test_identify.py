"""Whose requests are whose, by either kind of session."""

from dataclasses import replace
from typing import Any

import pytest

from sigmasight.domain.identity.sessions import AnySession, PasswordSession, SessionEndedError
from sigmasight.domain.identity.users import AccountInactiveError, Bar, BarKind, Overview
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import (
    ANN,
    ANNS_ID,
    BOB,
    BOBS_ID,
    a_session,
    a_user,
    a_user_from_before_clerk,
    bob,
)
from tests.support.fakes.identity import InMemoryCallers
from tests.support.providers.identity_services import IdentityServices

SESSION = PasswordSession(
    user_id=ANNS_ID, session_id="jti_1", expires_at=int(NOON.timestamp()) + 60
)


async def test_a_password_session_is_of_its_user_without_a_clerk_account() -> None:
    ann = a_user(clerk_user_id=None)
    identify = IdentityServices(ann, bob()).identify

    assert await identify(SESSION) == ann
    assert await identify.overview(SESSION) == Overview(ann)


@pytest.mark.parametrize(
    "change",
    [
        {"id": BOBS_ID},
        {"is_active": False},
        {"deleted_at": NOON},
        {"is_active": False, "deleted_at": NOON},
        {"clerk_user_id": ANN},
    ],
    ids=["gone", "inactive", "deleted", "inactive and deleted", "linked to Clerk meanwhile"],
)
async def test_a_legacy_session_is_refused_when_its_user_is(change: dict[str, Any]) -> None:
    identity = IdentityServices(a_user(**{"clerk_user_id": None, **change}))
    before = dict(identity.store.users)

    with pytest.raises(AccountInactiveError):
        await identity.identify(SESSION)
    with pytest.raises(AccountInactiveError):
        await identity.identify.overview(SESSION)

    assert identity.store.users == before


async def test_a_session_of_clerks_is_its_accounts() -> None:
    identity = IdentityServices(a_user(), bob())

    assert await identity.identify(a_session()) == a_user()
    assert await identity.identify.overview(a_session()) == Overview(a_user())


async def test_an_ended_session_has_no_overview_either() -> None:
    identity = IdentityServices(a_user(clerk_user_id=None), bob())
    identity.store.ended_sessions |= {"jti_1": NOON + DAY, "sess_ann": NOON + DAY}

    for session in (SESSION, a_session(clerk_user_id=BOB)):
        for read in (identity.identify, identity.identify.overview):
            with pytest.raises(SessionEndedError):
                await read(session)


@pytest.mark.parametrize("session", [SESSION, a_session()], ids=["password", "Clerk"])
async def test_a_lock_is_refused_until_it_ends(session: AnySession) -> None:
    account = ANN if session is not SESSION else None
    locked = a_user(clerk_user_id=account, bar=Bar(BarKind.LOCKED, NOON + MINUTE))
    identity = IdentityServices(locked)

    for read in (identity.identify, identity.identify.overview):
        with pytest.raises(AccountInactiveError, match="locked until"):
            await read(session)
    identity.clock.advance(MINUTE)

    assert await identity.identify(session) == locked
    assert await identity.identify.overview(session) == Overview(locked)


async def test_the_overview_of_a_user_who_is_linked_by_it_has_their_portfolios() -> None:
    identity = IdentityServices(a_user_from_before_clerk())
    anns = a_portfolio()
    identity.store.portfolios[ANNS_ID, anns.id] = anns

    overview = await identity.identify.overview(a_session(email_verified=True))

    assert overview == Overview(identity.row(), 1, anns.id)


async def test_a_user_that_cannot_be_read_back_yet_has_an_empty_overview() -> None:
    class Lagging(InMemoryCallers):
        async def overview(self, *_: object) -> None:
            return None

    identity = IdentityServices()
    identify = replace(identity.identify, callers=Lagging(identity.store))

    overview = await identify.overview(a_session())

    assert overview == Overview(identity.row())
