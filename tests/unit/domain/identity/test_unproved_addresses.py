"""Whoever registers a stranger's address with a password plants nothing for its owner."""

from typing import Any, Final

import pytest

from sigmasight.domain.audit import AuditAction
from sigmasight.domain.identity.users import EmailConflictError, User
from sigmasight.domain.kernel import UserId
from tests.support.builders.clerk_events import user_created, user_updated
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import ANN, ANNS_ID, BOBS_ID, a_session, a_user
from tests.support.providers.identity_services import IdentityServices

PLANTED: Final = a_user(
    id=UserId(BOBS_ID), clerk_user_id=None, invite_validated=True, address_proved=False
)


def planted_row(identity: IdentityServices) -> User:
    return identity.store.users[PLANTED.id]


@pytest.mark.parametrize("by_token", [True, False])
async def test_the_owner_gets_a_row_of_their_own_and_the_planted_one_is_closed(
    *, by_token: bool
) -> None:
    identity = IdentityServices(PLANTED)

    if by_token:
        await identity.identify(a_session(email_verified=True))
    else:
        await identity.deliver(user_created())

    assert identity.row().id != PLANTED.id
    assert not identity.row().invite_validated
    closed = planted_row(identity)
    assert (closed.is_active, closed.deleted_at) == (False, NOON)
    [entry] = identity.store.audit.values()
    assert (entry.action, entry.subject) == (AuditAction.USER_CLOSED, str(PLANTED.id))


async def test_a_row_from_before_clerk_is_linked_with_everything_in_it() -> None:
    identity = IdentityServices(a_user(clerk_user_id=None, invite_validated=True))

    await identity.deliver(user_created())

    assert (identity.row().id, identity.row().invite_validated) == (ANNS_ID, True)


@pytest.mark.parametrize("proved", [True, False])
async def test_who_has_not_proved_the_address_to_clerk_either_takes_nothing(
    *, proved: bool
) -> None:
    known = a_user(clerk_user_id=None, address_proved=proved)
    identity = IdentityServices(known)

    with pytest.raises(EmailConflictError):
        await identity.identify(a_session(email_verified=False))

    assert identity.store.users == {known.id: known}


@pytest.mark.parametrize(("changes", "moves"), [({}, True), ({"verified": False}, False)])
async def test_a_planted_row_does_not_block_its_owners_change_of_address(
    changes: dict[str, Any], *, moves: bool
) -> None:
    planted = a_user(
        id=UserId(BOBS_ID), clerk_user_id=None, email="new@example.com", address_proved=False
    )
    identity = IdentityServices(a_user(clerk_user_id=ANN), planted)

    await identity.deliver(user_updated(at=NOON + MINUTE, email="new@example.com", **changes))

    assert (identity.row().email == "new@example.com") is moves
    assert planted_row(identity).is_active is not moves
