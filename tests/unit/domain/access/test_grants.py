"""Messages that operators grant, and take back."""

from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from sigmasight.domain.access.grants import (
    Grant,
    GrantConflictError,
    GrantId,
    GrantMessages,
    GrantNotFoundError,
    grant_id,
)
from sigmasight.domain.audit import Audit, AuditAction
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryGrantLedger

FIRST, SECOND = GrantId(UUID(int=11)), GrantId(UUID(int=12))


class GrantWorkspace:
    """Ann, Bob, and the use case that grants them messages."""

    def __init__(self) -> None:
        self.store = InMemoryStore(users={ANNS_ID: a_user(), BOBS_ID: bob()})
        self.clock = FixedClock(NOON)
        self.ledger = InMemoryGrantLedger(self.store)
        self.grant = GrantMessages(
            self.ledger, Audit(InMemoryAuditTrail(self.store), self.clock), self.clock
        )

    @property
    def granted(self) -> int:
        return self.store.users[ANNS_ID].messages.granted

    def audited(self) -> list[tuple[AuditAction, str | None, object]]:
        return [(each.action, each.subject, each.details) for each in self.store.audit.values()]


def test_an_id_is_taken_as_it_is_and_other_words_always_name_the_same_one() -> None:
    assert grant_id(str(FIRST)) == FIRST
    assert grant_id("outage-7") == uuid5(NAMESPACE_OID, "outage-7") == grant_id("outage-7")
    assert grant_id("outage-7") != grant_id("outage-8")


async def test_a_grant_raises_the_limit_and_is_audited_with_its_reason() -> None:
    workspace = GrantWorkspace()

    is_new = await workspace.grant(ANNS_ID, FIRST, 50, reason="an outage")

    assert is_new
    assert workspace.granted == 50
    assert await workspace.ledger.list(ANNS_ID) == [
        Grant(id=FIRST, count=50, reason="an outage", at=NOON)
    ]
    details = {"grant": str(FIRST), "count": 50, "reason": "an outage"}
    assert workspace.audited() == [(AuditAction.MESSAGES_GRANTED, str(ANNS_ID), details)]


async def test_one_id_grants_once() -> None:
    workspace = GrantWorkspace()
    await workspace.grant(ANNS_ID, FIRST, 20, reason="another")
    workspace.clock.advance(DAY)
    await workspace.grant(ANNS_ID, SECOND, 50, reason="an outage")

    again = await workspace.grant(ANNS_ID, FIRST, 20, reason="another reason")

    assert not again
    assert workspace.granted == 70
    assert len(workspace.audited()) == 2


async def test_one_id_is_not_for_another_number_of_messages() -> None:
    workspace = GrantWorkspace()
    await workspace.grant(ANNS_ID, FIRST, 50, reason="an outage")

    with pytest.raises(GrantConflictError) as refusal:
        await workspace.grant(ANNS_ID, FIRST, 60, reason="an outage")

    assert str(refusal.value) == (
        f"Grant {FIRST} is of another number of messages. Nothing was changed."
    )
    assert workspace.granted == 50


async def test_a_grant_is_revoked_once_and_audited_with_its_count() -> None:
    workspace = GrantWorkspace()
    await workspace.grant(ANNS_ID, FIRST, 50, reason="an outage")
    await workspace.grant(ANNS_ID, SECOND, 20, reason="a favour")

    revoked = [await workspace.grant.revoke(ANNS_ID, FIRST) for _ in range(2)]

    assert revoked == [True, False]
    assert workspace.granted == 20
    details = {"grant": str(FIRST), "count": 50}
    assert workspace.audited()[2:] == [(AuditAction.GRANT_REVOKED, str(ANNS_ID), details)]


async def test_another_users_grant_is_not_revoked() -> None:
    workspace = GrantWorkspace()
    await workspace.grant(ANNS_ID, FIRST, 50, reason="an outage")

    with pytest.raises(GrantNotFoundError) as refusal:
        await workspace.grant.revoke(BOBS_ID, FIRST)

    assert str(refusal.value) == f"This user has no grant {FIRST}."
    assert workspace.granted == 50
