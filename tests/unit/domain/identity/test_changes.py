"""What the audit trail records of a change of a user."""

from typing import Any

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.audit import AuditAction
from sigmasight.domain.identity.provisioning import changes_of
from sigmasight.domain.identity.users import Bar, BarKind
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, a_user

PAID = Subscription(Tier.PAID)
BANNED = Bar(BarKind.BANNED)


@pytest.mark.parametrize(
    ("before", "after", "action", "details"),
    [
        (
            {},
            {"subscription": Subscription(Tier.PAID, NOON)},
            AuditAction.TIER_CHANGED,
            {"from": "free", "to": "paid", "until": NOON.isoformat()},
        ),
        (
            {"subscription": PAID},
            {},
            AuditAction.TIER_CHANGED,
            {"from": "paid", "to": "free", "until": None},
        ),
        ({"clerk_user_id": None}, {}, AuditAction.USER_LINKED, {"account": ANN}),
        ({}, {"bar": BANNED}, AuditAction.USER_BARRED, {"reason": "banned"}),
        ({"bar": BANNED}, {}, AuditAction.USER_ADMITTED, {}),
        ({}, {"deleted_at": NOON}, AuditAction.USER_DELETED, {"account": ANN}),
    ],
    ids=["upgrade", "downgrade", "link", "ban", "unban", "deletion"],
)
def test_a_change_is_recorded_with_what_it_changed(
    before: dict[str, Any], after: dict[str, Any], action: AuditAction, details: dict[str, Any]
) -> None:
    known, user = a_user(**before), a_user(**after)

    assert [*changes_of(known, user)] == [(action, details)]
    assert [*changes_of(user, user)] == []


def test_a_new_user_is_recorded_only_with_what_sets_them_apart() -> None:
    barred_payer = a_user(subscription=PAID, bar=BANNED, deleted_at=NOON)

    assert [*changes_of(None, a_user())] == []
    assert [action for action, _ in changes_of(None, barred_payer)] == [
        AuditAction.TIER_CHANGED,
        AuditAction.USER_BARRED,
        AuditAction.USER_DELETED,
    ]
