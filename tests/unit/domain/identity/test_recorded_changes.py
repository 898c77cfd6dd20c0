"""What operators' changes of a user leave in the user's row and in the audit trail."""

from typing import Final
from uuid import UUID

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.audit import AuditAction
from sigmasight.domain.identity.activation import ChangeActivity
from sigmasight.domain.identity.administration import (
    UserFilter,
    UserNotFoundError,
    UserState,
    state_of,
)
from sigmasight.domain.identity.links import LinkRefusedError, UnlinkUser
from sigmasight.domain.identity.users import Bar, BarKind
from sigmasight.domain.kernel import UserId
from tests.support.builders.clerk_events import unsubscribed, user_updated
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import (
    ANN,
    ANNS_ID,
    BOB,
    a_session,
    a_user,
    a_user_from_before_clerk,
    bob,
)
from tests.support.providers.identity_services import IdentityServices
from tests.unit.domain.identity.test_administration import change_activity, find_users, unlink

NOBODYS_ID: Final = UserId(UUID(int=99))
LOCKED: Final = Bar(BarKind.LOCKED, NOON + MINUTE)


def audited(identity: IdentityServices) -> list[tuple[AuditAction, str | None, object]]:
    return [(each.action, each.subject, each.details) for each in identity.store.audit.values()]


@pytest.mark.parametrize(
    ("about", "state"),
    [
        ({}, UserState.ACTIVE),
        ({"bar": Bar(BarKind.BANNED)}, UserState.BARRED),
        ({"bar": LOCKED}, UserState.BARRED),
        ({"bar": Bar(BarKind.LOCKED, NOON)}, UserState.ACTIVE),
        ({"is_active": False, "bar": LOCKED}, UserState.INACTIVE),
        ({"is_active": False, "deleted_at": NOON}, UserState.DELETED),
    ],
)
def test_a_user_is_in_the_state_that_weighs_most(about: dict[str, object], state: str) -> None:
    assert state_of(a_user(**about), NOON) is state


async def test_users_are_found_by_what_is_wanted_of_them() -> None:
    people = find_users(IdentityServices(a_user(subscription=Subscription(Tier.PAID)), bob()))

    paying = await people.page(None, 10, wanted=UserFilter(now=NOON, tier=Tier.PAID))

    assert [user.id for user in paying] == [ANNS_ID]


async def test_a_link_is_recorded_and_proves_the_address() -> None:
    identity = IdentityServices(a_user_from_before_clerk(address_proved=False))

    user = await identity.link(ANNS_ID, ANN)

    assert user.address_proved
    assert audited(identity) == [(AuditAction.USER_LINKED, str(ANNS_ID), {"account": ANN})]


async def test_an_unlinked_user_loses_what_clerk_says_of_the_account_and_it_is_recorded() -> None:
    identity = IdentityServices(a_user(bar=LOCKED))

    user = await unlink(identity)(ANNS_ID)

    assert user.bar is None
    details = {"account": ANN, "email": "ann@example.com"}
    assert audited(identity) == [(AuditAction.USER_UNLINKED, str(ANNS_ID), details)]


@pytest.mark.parametrize("is_active", [True, False])
async def test_a_change_of_activity_is_recorded_for_its_user(*, is_active: bool) -> None:
    identity = IdentityServices(a_user(is_active=not is_active))

    await change_activity(identity)(ANNS_ID, is_active=is_active)

    action = AuditAction.USER_ACTIVATED if is_active else AuditAction.USER_DEACTIVATED
    assert audited(identity) == [(action, str(ANNS_ID), {})]


async def test_a_ban_at_clerk_bars_its_user_until_it_is_lifted_and_both_are_recorded() -> None:
    identity = IdentityServices(a_user())

    await identity.deliver(user_updated(at=NOON, banned=True))
    barred = identity.row()
    await identity.deliver(user_updated(at=NOON + MINUTE, banned=False))

    assert (barred.bar, identity.row().bar) == (Bar(BarKind.BANNED), None)
    assert audited(identity) == [
        (AuditAction.USER_BARRED, str(ANNS_ID), {"reason": "banned"}),
        (AuditAction.USER_ADMITTED, str(ANNS_ID), {}),
    ]


async def test_a_change_of_tier_is_recorded_with_the_tier_before() -> None:
    identity = IdentityServices(a_user(subscription=Subscription(Tier.PAID)))

    await identity.deliver(unsubscribed())

    assert audited(identity) == [
        (AuditAction.TIER_CHANGED, str(ANNS_ID), {"from": "paid", "to": "free", "until": None})
    ]


async def test_a_refused_change_names_the_user_that_is_missing() -> None:
    identity = IdentityServices(a_user())
    activity: ChangeActivity = change_activity(identity)
    unlinking: UnlinkUser = unlink(identity)

    for change in (
        activity(NOBODYS_ID, is_active=False),
        unlinking(NOBODYS_ID),
        identity.link(NOBODYS_ID, BOB),
    ):
        with pytest.raises(UserNotFoundError, match=f"There is no user {NOBODYS_ID}:"):
            await change


async def test_a_refused_link_or_unlinking_has_its_reason() -> None:
    deleted = IdentityServices(a_user_from_before_clerk(deleted_at=NOON))
    unlinked = IdentityServices(a_user_from_before_clerk())

    with pytest.raises(LinkRefusedError) as linking:
        await deleted.link(ANNS_ID, ANN)
    with pytest.raises(LinkRefusedError) as unlinking:
        await unlink(unlinked)(ANNS_ID)

    assert str(linking.value) == "The user or the account is deleted."
    assert str(unlinking.value) == "The user is deleted, or has no Clerk account."


async def test_closing_a_user_whose_address_was_never_proved_records_the_address() -> None:
    identity = IdentityServices(a_user_from_before_clerk(address_proved=False))

    await identity.identify(a_session(email_verified=True))

    details = {"email": "ann@example.com"}
    assert audited(identity) == [(AuditAction.USER_CLOSED, str(ANNS_ID), details)]
    assert identity.store.users[ANNS_ID].deleted_at == NOON
    assert identity.row().created_at == NOON
