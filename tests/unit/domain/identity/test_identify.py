"""Whose requests are whose, by either kind of session."""

from typing import Any

import pytest

from sigmasight.domain.identity.sessions import PasswordSession
from sigmasight.domain.identity.users import AccountInactiveError, Overview
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, ANNS_ID, BOBS_ID, a_session, a_user, bob
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
