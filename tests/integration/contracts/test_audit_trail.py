"""What every AuditTrail promises, both the fake and the adapter."""

from typing import Any

import pytest

from sigmasight.domain.audit import AuditAction, AuditEntry, AuditFilter
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON

EVERYTHING = AuditFilter()


def an_entry(**changes: Any) -> AuditEntry:
    action = AuditAction.TIER_CHANGED
    return AuditEntry(**{"at": NOON, "actor": "clerk", "action": action, **changes})


async def stored(ports: Ports, *entries: AuditEntry) -> None:
    for entry in entries:
        await ports.audit_trail.add(entry)
    await ports.commit()


async def test_what_was_added_is_read_newest_first(ports: Ports) -> None:
    details = {"from": "free", "to": "paid", "until": None, "count": 3}
    await stored(ports, an_entry(subject="a", details=details), an_entry(at=NOON - DAY))

    newest, oldest = await ports.audit_trail.latest(EVERYTHING, 10)

    assert newest == an_entry(at=NOON - DAY, number=newest.number)
    assert oldest == an_entry(subject="a", details=details, number=oldest.number)
    assert oldest.number < newest.number


@pytest.mark.parametrize(
    "wanted",
    [
        AuditFilter(actor="user_cleo"),
        AuditFilter(action=AuditAction.USER_LINKED),
        AuditFilter(subject="b"),
        AuditFilter(since=NOON + DAY),
    ],
)
async def test_each_filter_leaves_the_others_out(ports: Ports, wanted: AuditFilter) -> None:
    matching = an_entry(
        at=NOON + DAY, actor="user_cleo", action=AuditAction.USER_LINKED, subject="b"
    )
    await stored(ports, an_entry(), matching, an_entry(subject="c"))

    [found] = await ports.audit_trail.latest(wanted, 10)

    assert found.subject == "b"


async def test_pages_follow_one_another_by_number(ports: Ports) -> None:
    await stored(ports, *(an_entry(subject=str(count)) for count in range(5)))

    first = await ports.audit_trail.latest(EVERYTHING, 3)
    rest = await ports.audit_trail.latest(AuditFilter(before=first[-1].number), 3)

    assert [entry.subject for entry in (*first, *rest)] == ["4", "3", "2", "1", "0"]
