"""Letting users in without a code, and out again; who came by which code."""

from sigmasight.domain.access.invites import Invited, ManageInvites
from sigmasight.domain.audit import Audit, AuditAction
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.access import InMemoryInviteAttempts
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.store import InMemoryStore


class ManagementWorkspace:
    """Ann, who is not validated, Bob, who is, and the operators' use case."""

    def __init__(self) -> None:
        self.store = InMemoryStore(users={ANNS_ID: a_user(), BOBS_ID: bob(invite_validated=True)})
        self.store.invites[BOBS_ID] = Invited(BOBS_ID, "bob@example.com", "Second", NOON - MINUTE)
        clock = FixedClock(NOON)
        self.invites = ManageInvites(
            InMemoryInviteAttempts(self.store),
            Audit(InMemoryAuditTrail(self.store), clock),
            clock,
            ImmediateTransaction(self.store),
        )

    def validated(self) -> list[bool]:
        return [self.store.users[user].invite_validated for user in (ANNS_ID, BOBS_ID)]

    def audited(self) -> list[tuple[AuditAction, str | None]]:
        return [(each.action, each.subject) for each in self.store.audit.values()]


async def test_a_user_is_let_in_once_without_a_code() -> None:
    workspace = ManagementWorkspace()

    allowed = [await workspace.invites.allow(ANNS_ID) for _ in range(2)]

    assert allowed == [True, False]
    assert workspace.validated() == [True, True]
    assert workspace.store.invites[ANNS_ID] == Invited(ANNS_ID, "ann@example.com", None, NOON)
    assert workspace.audited() == [(AuditAction.INVITE_ALLOWED, str(ANNS_ID))]


async def test_a_validated_user_is_let_out_once() -> None:
    workspace = ManagementWorkspace()

    withdrawn = [await workspace.invites.withdraw(BOBS_ID) for _ in range(2)]

    assert withdrawn == [True, False]
    assert workspace.validated() == [False, False]
    assert workspace.audited() == [(AuditAction.INVITE_WITHDRAWN, str(BOBS_ID))]


async def test_who_came_last_is_listed_first_by_one_code_or_by_any() -> None:
    workspace = ManagementWorkspace()
    await workspace.invites.allow(ANNS_ID)

    everybody = await workspace.invites.latest(None, 10)
    last = await workspace.invites.latest(None, 1)
    by_code = await workspace.invites.latest("second", 10)

    assert [each.user for each in everybody] == [ANNS_ID, BOBS_ID]
    assert [each.user for each in last] == [ANNS_ID]
    assert [each.user for each in by_code] == [BOBS_ID]
